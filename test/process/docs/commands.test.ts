/** Every command and option of `mettle` that a page names is one that the program has. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPage, root } from '../../support/markdown.ts'

const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })]

/** The words of `mettle migrate plan|apply --json`, once for each alternative. */
function commandsIn(text: string): readonly string[] {
  const promised = /^\|.*\| *not yet *\|$/gm
  const named = text.replaceAll(promised, '').matchAll(/(?:`|\$ |^)mettle ([a-z][^`\n]*)/gm)
  return [...named].flatMap(([, line = '']) => {
    const [first = '', second = ''] = line.split(/\s+(?=-|<|\[|[A-Z]|$)|\s{2,}/)[0]!.split(' ')
    return /^[a-z|]+$/.test(second) ? second.split('|').map(word => `${first} ${word}`) : [first]
  })
}

const commands = new Set(pages.flatMap(path => commandsIn(readPage(path).text)))
const helps = new Map([...commands].map(command => [command, helpOf(command)]))

function helpOf(command: string): string {
  const program = ['--conditions=mettle-source', join(root, 'src/cli/main.ts')]
  return execFileSync(process.execPath, [...program, ...command.split(' '), '--help'], {
    encoding: 'utf8',
  })
}

test('the pages name the commands that matter', () => {
  for (const command of [
    'dev',
    'start',
    'migrate plan',
    'migrate apply',
    'migrate status',
    'user create',
  ])
    assert.ok(commands.has(command), `${command} is not among ${[...commands].join(', ')}`)
})

for (const [command, help] of helps) {
  test(`mettle ${command}`, () => assert.match(help, new RegExp(`^Usage: mettle ${command} `)))
}

test('every option that a page names is in a help', () => {
  const all = [...helps.values()].join('\n')
  for (const path of pages) {
    const options = readPage(path).text.matchAll(
      /`[^`]*?(--(?:allow|json|output|role|set|backend)[\w-]*)/g,
    )
    for (const [, option] of options)
      assert.ok(all.includes(`${option} `) || all.includes(`${option}\n`), `${path}: ${option}`)
  }
})
