/** The settings and metrics of docs/OPERATE.md are those that there are, both ways. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLog } from '../../../src/adapters/pino/logger.ts'
import { createCatalogue } from '../../../src/adapters/prometheus/catalogue.ts'
import { readConfig, type Config } from '../../../src/run/config.ts'
import { everyObservation } from '../../support/observations.ts'
import { bare, readPage, root, section, tableRows } from '../../support/markdown.ts'

const page = readPage('docs/OPERATE.md')
const settings = tableRows(section(page, '## Settings'))
const source = readFileSync(join(root, 'src/run/config.ts'), 'utf8')
const names = [...source.matchAll(/\bread\(\s*'([A-Z_]+)'/g)].map(match => match[1]!)

test('the page lists every setting and no other', () => {
  assert.ok(names.includes('DATABASE_URL'))
  assert.deepEqual(settings.map(([name = '']) => bare(name)).toSorted(), names.toSorted())
})

test('what looks like a setting in any page is one', () => {
  for (const path of ['README.md', 'docs/OPERATE.md', 'docs/REST.md']) {
    const named = readPage(path).text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`/g)
    const unknown = [...named].map(match => match[1]!.replace(/_FILE$/, '').replace(/^_/, ''))
    assert.deepEqual(
      unknown.filter(name => !names.includes(name)),
      [],
      path,
    )
  }
})

/** As the page says it: a value, or one for each mode. */
function defaultIn(cell: string, mode: Config['mode']): string {
  const forMode = new RegExp(`\`([^\`]*)\` in ${mode}`).exec(cell)?.[1]
  return forMode ?? (cell.startsWith('none') ? 'none' : bare(cell))
}

test('the defaults are those of the page', () => {
  for (const mode of ['development', 'production'] as const) {
    const needed = mode === 'production' ? { secret: 'x', publicUrl: 'x', databaseUrl: 'x' } : {}
    const config = { ...defaultsOf(mode), ...needed }
    for (const [name = '', cell = ''] of settings) {
      const value = config[keyOf(bare(name))]
      const isNone = value === null || (Array.isArray(value) && value.length === 0)
      if (Object.hasOwn(needed, keyOf(bare(name)))) continue
      assert.equal(
        isNone ? 'none' : String(value),
        defaultIn(cell, mode),
        `${bare(name)} in ${mode}`,
      )
    }
  }
})

/** Production needs three of them. */
function defaultsOf(mode: Config['mode']): Config {
  const needed = {
    METTLE_SECRET: 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_',
    PUBLIC_URL: 'https://x.example',
    DATABASE_URL: 'embedded',
  }
  return readConfig(mode === 'production' ? needed : {}, mode, '.mettle')
}

/** `METTLE_SECRET` -> `secret`, `DATABASE_URL` -> `databaseUrl`. */
function keyOf(name: string): keyof Config {
  const words = name.replace(/^METTLE_/, '').toLowerCase()
  return words.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as keyof Config
}

/** The names in lines of every kind, in one format. */
function fieldsOf(format: 'json' | 'ecs'): readonly string[] {
  const fields = new Set<string>()
  const write = (line: string) => Object.keys(JSON.parse(line)).forEach(name => fields.add(name))
  const log = createLog({ level: 'debug', format, write })
  for (const observation of Object.values(everyObservation)) log.record(observation)
  return [...fields]
}

test('the page lists every field of the log in both of its names, and no other', () => {
  const rows = tableRows(section(page, '## Logs'))
  const listed = rows.flatMap(([name = '', ecs = '']) =>
    ecs.startsWith('`') ? [{ name: bare(name), ecs: [...ecs.matchAll(/`([\w.]+)`/g)] }] : [],
  )
  const common = ['level', 'time', 'msg']
  assert.deepEqual(
    listed.map(({ name }) => name).toSorted(),
    fieldsOf('json')
      .filter(name => !common.includes(name))
      .toSorted(),
  )
  // of these the page speaks above and below the table
  const always = [
    '@timestamp',
    'log.level',
    'message',
    'ecs.version',
    'service.type',
    'process.pid',
  ]
  const kinds = ['event.kind', 'event.category', 'event.type']
  const named = new Set(listed.flatMap(({ ecs }) => ecs.map(match => match[1]!)))
  // what the sample has no value for
  named.delete('error.code')
  assert.deepEqual(
    [...named, ...always, ...kinds].toSorted(),
    [...fieldsOf('ecs'), 'event.code']
      .filter((name, at, all) => all.indexOf(name) === at)
      .toSorted(),
  )
})

test('the page lists every metric with its labels and meaning, and no other', () => {
  const listed = tableRows(section(page, '## Metrics')).map(
    ([name = '', labels = '', meaning]) => ({
      name: bare(name),
      labels: [...labels.matchAll(/`(\w+)`/g)].map(match => match[1]),
      meaning,
    }),
  )
  const known = Object.values(createCatalogue(() => null)).map(({ name, labelNames, help }) => ({
    name,
    labels: labelNames,
    meaning: help,
  }))
  assert.deepEqual(listed, known)
})
