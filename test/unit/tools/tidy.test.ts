/** The tidy rules find each kind of planted untidiness. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSource } from '../../../tools/source.ts'
import { medianLines, tidy } from '../../../tools/tidy.ts'

const entries = { published: ['src/index.ts'], started: ['src/cli/main.ts'] }

function findIn(planted: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.entries(planted).map(([path, text]) => parseSource(path, text))
  return tidy(files, entries).map(finding => `${finding.path}:${finding.line} ${finding.message}`)
}

const opening = '/** What lives here. */\n'

test('a tidy house has no findings', () => {
  const findings = findIn({
    'src/index.ts': `${opening}export { a } from './model/a.ts'\nexport const open = 1\n`,
    'src/model/a.ts': `${opening}export const a = '${'x'.repeat(120)}'\n`,
    'src/cli/main.ts': `#!/usr/bin/env node\n${opening}import { a } from '../model/a.ts'\na()\n`,
  })
  assert.deepEqual(findings, [])
})

const untidy: Readonly<Record<string, readonly [path: string, text: string, finding: string]>> = {
  'a long file': [
    'src/index.ts',
    opening + '\n'.repeat(500),
    '0 501 lines: split it, 500 is the most',
  ],
  'a name in camelCase': ['test/unit/fooBar.test.ts', opening, '0 name the file in kebab-case'],
  'a name that says nothing': [
    'test/unit/helpers/a.ts',
    opening,
    '0 helpers says nothing: say what',
  ],
  'a file without an opening': [
    'src/index.ts',
    'f()\n',
    '1 open with a comment, one sentence that says what lives here',
  ],
  'a wide line': [
    'src/index.ts',
    `${opening}f(${'1'.repeat(99)})\n`,
    '2 102 columns wide: 100 is the most',
  ],
  'a wide comment': [
    'src/index.ts',
    `${opening}// ${'x'.repeat(99)}\n`,
    '2 102 columns wide: 100 is the most',
  ],
  'work left for later': [
    'src/index.ts',
    `${opening}// TODO later\n`,
    `2 TODO: do it now or open an issue`,
  ],
  'a skipped test': [
    'test/unit/a.test.ts',
    `${opening}test.skip('x')\n`,
    `2 test.skip: a test that does not run proves nothing`,
  ],
}

for (const [name, [path, text, finding]] of Object.entries(untidy)) {
  test(`finds ${name}`, () => {
    const findings = findIn({ [path]: text }).filter(line => !line.startsWith('src:0'))
    assert.deepEqual(findings, [`${path}:${finding}`])
  })
}

test('finds a folder too deep', () => {
  const findings = findIn({
    'src/index.ts': `${opening}export * from './a/b/c/d/e.ts'\n`,
    'src/a/b/c/d/e.ts': opening,
  })
  assert.deepEqual(findings, ['src/a/b/c/d/e.ts:0 4 folders deep: 3 is the most'])
})

test('finds a file that only a test leads to', () => {
  const findings = findIn({
    'src/model/a.ts': `${opening}export const a = 1\n`,
    'test/unit/a.test.ts': `${opening}import { a } from '../../src/model/a.ts'\na()\n`,
  })
  assert.deepEqual(findings, ['src/model/a.ts:0 dead: no entry of the package leads here'])
})

test('finds an export that nobody imports', () => {
  const findings = findIn({
    'src/index.ts': `${opening}import { used, type Shape as Form } from './model/a.ts'\n`,
    'src/model/a.ts': [
      opening.trim(),
      'export const used = 1',
      'export interface Shape {}',
      'export interface Loose {}',
      'export interface Given {}',
      'export const give = (given: Given) => given',
      'export async function idle() {}',
      'export const { left, right: other } = pair',
      'const hidden = 1',
      'export { hidden as shown }',
      '',
    ].join('\n'),
  })
  assert.deepEqual(findings, [
    'src/model/a.ts:4 nobody imports Loose',
    'src/model/a.ts:5 nobody imports Given',
    'src/model/a.ts:6 nobody imports give',
    'src/model/a.ts:7 nobody imports idle',
    'src/model/a.ts:8 nobody imports left',
    'src/model/a.ts:8 nobody imports other',
    'src/model/a.ts:10 nobody imports shown',
  ])
})

test('finds a median file that is too long', () => {
  const long = opening + '\n'.repeat(200)
  const files = [parseSource('src/index.ts', long), parseSource('src/cli/main.ts', long)]
  assert.equal(medianLines(files), 201)
  assert.deepEqual(
    tidy(files, entries).map(finding => finding.message),
    ['the median file has 201 lines: 130 is the most'],
  )
})
