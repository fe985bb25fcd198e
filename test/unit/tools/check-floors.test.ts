/** The floor checker finds planted violations, and nothing in a house in order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFloors } from '../../../tools/check-floors.ts'
import { parseSource } from '../../../tools/source.ts'

/** Findings over planted files, as `path: message`. */
function findIn(planted: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.entries(planted).map(([path, text]) => parseSource(path, text))
  return checkFloors(files).map(finding => `${finding.path}:${finding.line} ${finding.message}`)
}

test('imports that go down are in order', () => {
  const findings = findIn({
    'src/base/limits.ts': "import { createHash } from 'node:crypto'\n",
    'src/model/model.ts': "import type { Limits } from '../base/limits.ts'\n",
    'src/engine/data/data.ts': "import { model } from '../../model/model.ts'\n",
    'src/adapters/postgres/client.ts': "import pg from 'pg'\nimport net from 'node:net'\n",
    'src/cli/main.ts': "import { data } from '../engine/data/data.ts'\n",
    'src/prove/broken/worker.ts': "import { work } from '../../run/work.ts'\n",
    'test/unit/any.test.ts': "import pg from 'pg'\n",
  })
  assert.deepEqual(findings, [])
})

const violations: Readonly<Record<string, readonly [path: string, text: string, finding: string]>> =
  {
    'an import that goes up': [
      'src/model/check.ts',
      "\nimport type { Plan } from '../sql/plan.ts'\n",
      'src/model/check.ts:2 model must not import sql',
    ],
    'an import of a neighbour on the same floor': [
      'src/sql/read.ts',
      "import {\n  diff,\n} from '../migrate/diff.ts'\n",
      'src/sql/read.ts:1 sql must not import migrate',
    ],
    'a drill that looks inside the engine': [
      'src/prove/drills/bola.ts',
      "import { authorise } from '../../engine/pipeline/authorise.ts'\n",
      'src/prove/drills/bola.ts:1 prove must not import engine',
    ],
    'a drill that reaches for a broken stage': [
      'src/prove/run.ts',
      "import { broken } from './broken/broken.ts'\n",
      'src/prove/run.ts:1 prove must not import prove/broken',
    ],
    'one adapter in another': [
      'src/adapters/redis/cache.ts',
      "import { lanes } from '../postgres/lanes.ts'\n",
      'src/adapters/redis/cache.ts:1 adapters/redis must not import adapters/postgres: one foreign system each',
    ],
    'the engine in an adapter': [
      'src/adapters/redis/cache.ts',
      "export * from '../../engine/data/data.ts'\n",
      'src/adapters/redis/cache.ts:1 adapters must not import engine',
    ],
    'a driver outside its adapter': [
      'src/engine/data/data.ts',
      "import { Client } from 'pg'\n",
      'src/engine/data/data.ts:1 pg may be imported only in src/adapters/postgres',
    ],
    'a driver that is loaded late': [
      'src/engine/data/data.ts',
      "const load = () => import('pg')\n",
      'src/engine/data/data.ts:1 pg may be imported only in src/adapters/postgres',
    ],
    'a scoped library outside its folder': [
      'src/engine/identity/hash.ts',
      "import { hash } from '@node-rs/argon2'\n",
      'src/engine/identity/hash.ts:1 @node-rs/argon2 may be imported only in src/adapters/argon2',
    ],
    'a library that nobody housed': [
      'src/api/http/server.ts',
      "import express from 'express/lib/router'\n",
      'src/api/http/server.ts:1 express has no home: name its folder in tools/check-floors.ts',
    ],
    'the network on a pure floor': [
      'src/emit/openapi.ts',
      "import { connect } from 'node:net'\n",
      'src/emit/openapi.ts:1 emit is pure and must not import node:net',
    ],
    'a built-in without its prefix': [
      'src/engine/data/data.ts',
      "import { inspect } from 'util'\n",
      'src/engine/data/data.ts:1 write node:util',
    ],
    'the package by its own name': [
      'src/model/build.ts',
      "import { field } from 'mettle'\n",
      'src/model/build.ts:1 src reaches its own modules by path, not by the package name',
    ],
    'a test in the source': [
      'src/model/build.ts',
      "import { plant } from '../../test/support/model.ts'\n",
      'src/model/build.ts:1 src must not import test/support/model.ts',
    ],
    'a folder that is no floor': [
      'src/misc/thing.ts',
      'export const thing = 1\n',
      'src/misc/thing.ts:0 src/misc is not a floor of this house',
    ],
    'a clock in the engine': [
      'src/engine/data/data.ts',
      'const since = Date.now()\n',
      'src/engine/data/data.ts:1 Date.now in engine: clocks, chance and the process are handed in',
    ],
  }

for (const [name, [path, text, finding]] of Object.entries(violations)) {
  test(`finds ${name}`, () => assert.deepEqual(findIn({ [path]: text }), [finding]))
}

test('finds a cycle, types included, and tells its round once', () => {
  const findings = findIn({
    'src/model/a.ts': "import { b } from './b.ts'\n",
    'src/model/b.ts': "import type { C } from './c.ts'\n",
    'src/model/c.ts': "import { a } from './a.ts'\n",
  })
  const round = 'src/model/a.ts -> src/model/b.ts -> src/model/c.ts -> src/model/a.ts'
  assert.deepEqual(findings, [`src/model/a.ts:0 imports itself: ${round}`])
})

test('reads no import out of comments, strings, templates and patterns', () => {
  const text = [
    "// import { a } from 'pg'",
    "/* import('pg') */",
    'const template = `',
    "import { b } from 'pg'",
    "${f('`')}`",
    'const pattern = /[\'"]/',
    'const quoted = "import(\'pg\')"',
    '',
  ].join('\n')
  assert.deepEqual(findIn({ 'src/engine/data/data.ts': text }), [])
})
