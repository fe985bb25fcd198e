/** Every command and option of `mettle` that a page names is one that the program has. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPage, root } from '../../support/markdown.ts'

const helps = new Map<string, string>()
const pages = ['README.md', ...globSync('docs/*.md', { cwd: root })]

/** The words of `mettle migrate plan|apply --json`, once for each alternative. */
function commandsIn(text: string): readonly string[] {
  const promised = /^\|.*\| *not yet *\|$/gm
  const named = text.replaceAll(promised, '').matchAll(/(?:`|\$ |^)mettle ([a-z][^`\n]*)/gm)
  return [...named].flatMap(([, line = '']) => {
    const [first = '', second = ''] = line.split(/\s+(?=-|<|\[|[A-Z]|$)|\s{2,}/)[0]!.split(' ')
    const parts = /^[a-z|]+$/.test(second) && hasCommands(first) ? second.split('|') : []
    return parts.length === 0 ? [first] : parts.map(word => `${first} ${word}`)
  })
}

/** Of `migrate`, and not of `prove`, whose second word is a drill. */
function hasCommands(command: string): boolean {
  return helpOf(command).includes('\nCommands:')
}

const commands = new Set(pages.flatMap(path => commandsIn(readPage(path).text)))
function helpOf(command: string): string {
  const known = helps.get(command)
  if (known !== undefined) return known
  const program = ['--conditions=mettle-source', join(root, 'src/cli/main.ts')]
  const help = execFileSync(process.execPath, [...program, ...command.split(' '), '--help'], {
    encoding: 'utf8',
  })
  helps.set(command, help)
  return help
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

for (const command of commands) {
  test(`mettle ${command}`, () =>
    assert.match(helpOf(command), new RegExp(`^Usage: mettle ${command} `)))
}

test('every help is for a terminal of 100 columns', () => {
  for (const command of commands)
    for (const line of helpOf(command).split('\n')) assert.ok(line.length <= 100, line)
})

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
