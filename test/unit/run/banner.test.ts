/** The lines that a person reads at the start. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { type BannerFacts, renderBanner } from '../../../src/run/banner.ts'

const facts: BannerFacts = {
  summary: {
    name: 'shop',
    resources: ['users', 'products'],
    openResource: 'products',
    commands: [],
    queries: ['best-sellers'],
    accounts: [
      { email: 'adam@shop.example', password: 'one', roles: ['staff', 'admin'] },
      { email: 'bo@shop.example', password: 'seven', roles: [] },
    ],
    notes: ['a note', 'another'],
  },
  url: 'http://localhost:3000',
  docs: 'on',
  service: {
    health: 'http://localhost:3000/health/ready',
    metrics: 'http://localhost:3000/metrics',
  },
  mode: 'development',
  embedded: { directory: '/app/.mettle/postgres/data', note: null },
  workers: 2,
  startedMs: 120,
  types: 'not checked: there is no tsconfig.json',
}

const linesOf = (changed: Partial<BannerFacts>) =>
  stripVTControlCharacters(renderBanner({ ...facts, ...changed })).split('\n')

test('in development: what there is, where to look, who may sign in', () => {
  assert.deepEqual(linesOf({}), [
    'shop is ready at http://localhost:3000 (120 ms)',
    '',
    '  API        http://localhost:3000/api/v1   for example http://localhost:3000/api/v1/products?limit=3',
    '  Docs       http://localhost:3000/docs',
    '  OpenAPI    http://localhost:3000/openapi.json',
    '  Health     http://localhost:3000/health/ready',
    '  Metrics    http://localhost:3000/metrics',
    '  Resources  users, products',
    '  Queries    best-sellers',
    '  Database   embedded PostgreSQL in /app/.mettle/postgres/data',
    '             for development; in production set DATABASE_URL',
    '  Types      not checked: there is no tsconfig.json',
    '  Workers    2',
    '  Notes      a note',
    '             another',
    '',
    '  Demo accounts (e-mail, password, roles):',
    '  adam@shop.example  one    staff, admin',
    '  bo@shop.example    seven',
    '',
  ])
})

test('where nobody may read without signing in, no example is promised', () => {
  const [, , api] = linesOf({ summary: { ...facts.summary, openResource: null } })
  assert.equal(api, '  API        http://localhost:3000/api/v1')
})

test('where the documentation is off, nothing leads there', () => {
  assert.doesNotMatch(linesOf({ docs: 'off' }).join('\n'), /Docs|OpenAPI/)
})

test('in production: the ready line, the database, what a person should know', () => {
  const summary = { ...facts.summary, accounts: [] }
  assert.deepEqual(linesOf({ mode: 'production', embedded: null, summary }), [
    'shop is ready at http://localhost:3000 (120 ms)',
    '',
    '  Database  external, from DATABASE_URL',
    '  Notes     a note',
    '            another',
    '',
  ])
  assert.match(
    linesOf({ mode: 'production' }).join('\n'),
    /\n {12}for this machine alone: keep the folder, and back it up\n/,
  )
})
