/** What holds of every page: links lead somewhere, figures are the engine's, lines stay short. */

import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'
import { limits } from '../../../src/base/limits.ts'
import { bare, readPage, root, section, tableRows } from '../../support/markdown.ts'

const pages = ['README.md', 'CHANGELOG.md', ...globSync('docs/*.md', { cwd: root })].map(readPage)

/** As GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(match => match[1]!)
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(/\s/g, '-')
  return new Set(headings.map(slug))
}

test('every relative link leads to a file and, where it names one, to a heading', () => {
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].flatMap(
      ([link, file = '', anchor]) => {
        const target = file === '' ? path : normalize(join(dirname(path), file))
        if (!existsSync(join(root, target))) return [`${path}: ${link}`]
        const isThere = anchor === undefined || anchorsOf(readPage(target).text).has(anchor)
        return isThere ? [] : [`${path}: ${link}`]
      },
    ),
  )
  assert.deepEqual(broken, [])
})

test('the first commands are those that a newcomer needs', () => {
  const [start, check] = section(pages[0]!, '## Two commands').blocks
  assert.match(start?.text ?? '', /^npm ci && npm start\b/)
  assert.match(check?.text ?? '', /^npm ci && npm test\b/)
})

test('the limits of the pages are those of the engine', () => {
  const limitsOf = (path: string) => tableRows(section(readPage(path), '## Limits'))
  const rows = ['docs/REST.md', 'docs/BATCH.md'].flatMap(limitsOf)
  const known: Readonly<Record<string, number>> = limits
  assert.ok(rows.length > 30)
  for (const [, value = '', name = ''] of rows)
    assert.equal(known[bare(name)], Number(value.replaceAll(',', '')), name)
})

test('prose keeps to 110 columns', () => {
  const names = [
    'BATCH',
    'CLIENT',
    'DECLARE',
    'ERRORS',
    'LIMITS',
    'OPERATE',
    'PROVE',
    'REST',
    'SECURITY',
    'TESTING',
  ]
  const long = names.flatMap(name => {
    const { path, text } = readPage(`docs/${name}.md`)
    const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, code => code.replaceAll(/.+/g, ''))
    const lines = prose.split('\n').entries()
    return [...lines]
      .filter(([, line]) => !line.startsWith('|') && line.length > 110)
      .map(([at]) => `${path}:${at + 1}`)
  })
  assert.deepEqual(long, [])
})
