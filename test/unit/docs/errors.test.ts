/** docs/ERRORS.md and the catalogues of codes, held together both ways. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { problemKinds } from '../../../src/base/errors.ts'
import { faultCodes, rowFaultCodes } from '../../../src/model/faults.ts'
import { queryFaultCodes } from '../../../src/sql/faults.ts'
import { bare, readPage, root, section, tableRows } from '../../support/markdown.ts'

const page = readPage('docs/ERRORS.md')

interface Entry {
  readonly status: number
  readonly title: string
  readonly hint: string
}

/** `- **\`code\`** status, title. Meaning. → hint`, over as many lines as it takes. */
function entriesOf(text: string): Readonly<Record<string, Entry>> {
  const items = text.match(/^- \*\*`.*(?:\n {2}.*)*/gm) ?? []
  return Object.fromEntries(items.map(item => entryOf(item.replaceAll(/\s+/g, ' '))))
}

function entryOf(item: string): readonly [string, Entry] {
  const form = /^- \*\*`([^`]+)`\*\* (\d{3}), ([^.]+)\. \S.*\. → (.+)$/
  const [, code, status, title, hint] = form.exec(item) ?? []
  assert.ok(code !== undefined, `not in the form of the page: ${item}`)
  return [code, { status: Number(status), title: title!, hint: hint! }]
}

test('the page lists every code of the catalogue with its status, title and hint, and no other', () => {
  const kinds = Object.entries(problemKinds).map(([code, { status, title, hint }]) => [
    code,
    { status, title, hint },
  ])
  assert.deepEqual(entriesOf(page.text), Object.fromEntries(kinds))
})

test('each code stands under its stage', () => {
  for (const code of Object.keys(problemKinds)) {
    const stage = code.split('.')[0]!
    const heading = page.text
      .split('\n')
      .find(line => line.startsWith('## ') && line.slice(3).toLowerCase().startsWith(`${stage}:`))
    assert.ok(heading !== undefined, `the page has no stage ${stage}`)
    assert.ok(Object.hasOwn(entriesOf(section(page, heading).text), code), `${code} at ${heading}`)
  }
})

test('the codes of faulty places are those of the page, in the same words', () => {
  const tables = {
    '## Faulty values': { ...faultCodes, ...rowFaultCodes },
    '## Faulty parameters': queryFaultCodes,
  }
  for (const [heading, codes] of Object.entries(tables)) {
    const rows = tableRows(section(page, heading)).map(([code = '', meaning]) => [
      bare(code),
      meaning,
    ])
    assert.deepEqual(Object.fromEntries(rows), codes)
  }
})

test('every code is raised somewhere', () => {
  const catalogues = ['src/base/errors.ts', 'src/model/faults.ts', 'src/sql/faults.ts']
  const sources = globSync('src/**/*.ts', { cwd: root })
    .filter(file => !catalogues.includes(file))
    .map(file => readFileSync(join(root, file), 'utf8'))
    .join('\n')
  const codes = [problemKinds, faultCodes, rowFaultCodes, queryFaultCodes].flatMap(Object.keys)
  const idle = codes.filter(code => !sources.includes(`'${code}'`))
  assert.deepEqual(idle, [])
})
