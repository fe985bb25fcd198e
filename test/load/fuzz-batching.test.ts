/**
 * Random operations of many callers, once together and once one by one: the answers, the rows, the
 * events and the stored answers must be the same. METTLE_SEED repeats a run.
 */

import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'node:test'

import { Problem } from '../../src/base/errors.ts'
import type { Observation } from '../../src/base/observe.ts'
import { createData } from '../../src/engine/data/create-data.ts'
import type { Data } from '../../src/engine/data/data.ts'
import { createPlanRead } from '../../src/sql/plan-cache.ts'
import { createPlanWrite } from '../../src/sql/write/plan-cache.ts'
import { idOf, openCategory, people, settlement, warehouse } from '../contract/data/warehouse.ts'
import { migratedDatabase, systemClock } from '../support/model.ts'
import { anchors, Script } from './fuzz-script.ts'
import type { Operation } from './fuzz-script.ts'

const seed = Number(process.env['METTLE_SEED'] ?? randomInt(2 ** 31))
const waveCount = 60
const waveSize = 40

/** Without the timestamps, which differ between the runs. */
const shown: Readonly<Record<string, readonly string[]>> = {
  items: ['id', 'version', 'code', 'holder', 'category', 'stock', 'price', 'shared', 'note'],
  categories: ['id', 'name', 'open'],
}

const planRead = createPlanRead(warehouse)
const planWrite = createPlanWrite(warehouse)

async function perform(data: Data, operation: Operation): Promise<unknown> {
  const { caller } = operation
  if (operation.kind === 'write') {
    const plan = planWrite(operation.shape, { fields: shown['items']!, expand: [] }, caller)
    return data.write(plan, operation.input, caller)
  }
  const [resource, filters, sort] =
    operation.kind === 'read'
      ? [operation.resource, [], []]
      : ['items', operation.filters, operation.sort]
  const form = operation.kind === 'read' ? 'one' : 'list'
  const plan = planRead(
    { resource, form, fields: shown[resource]!, expand: [], filters, sort, after: false },
    caller,
  )
  return data.read(plan, operation.kind === 'read' ? [operation.id] : operation.values, caller)
}

/** What the caller sees: the result, or the problem without its inner cause. */
async function answerOf(data: Data, operation: Operation): Promise<unknown> {
  try {
    return await perform(data, operation)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { outcome: error.code, errors: error.errors }
  }
}

function outcomeOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'outcome' in answer
    ? answer.outcome
    : 'read'
}

const anchorRows = anchors.map(
  (code, at) => `('${idOf(4, at)}', '${code}', '${people[0]}', '${openCategory}', 7)`,
)
const insertAnchors = `insert into items (id, code, holder_id, category_id, stock) values ${anchorRows.join(', ')}`

/** What a run must have met to be worth something. */
const outcomes = [
  'done',
  'replayed',
  'mismatch',
  'missing',
  'stale',
  'denied',
  'reference',
  'run.conflict',
  'validate.invalid',
]

const columns = `code, holder_id, category_id, stock, price, shared, note`
const evidence = {
  rows: `select id, version, ${columns} from items where code not like 'anchor%' order by id`,
  events: `select trace, type, resource, key, version, actor, data::jsonb - 'createdAt' - 'updatedAt',
    before::jsonb - 'updatedAt'
    from mettle.events order by trace, key`,
  answers: `select caller, operation, key, hash, status, body, "row", version from mettle.idempotency order by 1, 2, 3`,
} as const

async function runAll(batchRowsMax: number) {
  const { database } = await migratedDatabase(warehouse)
  for (const text of [...settlement, insertAnchors])
    await database.run({ text, values: [] }, 'pool')
  const sizes: number[] = []
  const observe = (seen: Observation) => void (seen.kind === 'batch' && sizes.push(seen.size))
  const limits = { batchRowsMax }
  const data = createData({
    model: warehouse,
    database,
    clock: systemClock,
    random: randomBytes,
    observe,
    limits,
  })
  const answers: unknown[] = []
  for (const wave of new Script(seed).waves(waveCount, waveSize)) {
    answers.push(...(await Promise.all(wave.map(operation => answerOf(data, operation)))))
  }
  const select = (text: string) => database.run({ text, values: [] }, 'pool')
  const [rows, events, stored] = await Promise.all(Object.values(evidence).map(select))
  return {
    answers,
    rows,
    events,
    stored,
    seen: new Set(answers.map(outcomeOf)),
    largest: Math.max(...sizes),
  }
}

test(`batched and unbatched are the same to every caller (METTLE_SEED=${seed})`, async context => {
  const together = await runAll(64)
  const oneByOne = await runAll(1)
  assert.ok(together.largest >= 4, `batches were formed: the largest had ${together.largest} rows`)
  assert.equal(oneByOne.largest, 1)
  const operations = [...new Script(seed).waves(waveCount, waveSize)].flat()
  operations.forEach((operation, at) => {
    assert.deepEqual(
      together.answers[at],
      oneByOne.answers[at],
      `${at}: ${JSON.stringify(operation)}`,
    )
  })
  for (const outcome of outcomes) assert.ok(together.seen.has(outcome), `${outcome} occurred`)
  assert.deepEqual(together.rows, oneByOne.rows)
  assert.deepEqual(together.events, oneByOne.events)
  assert.deepEqual(together.stored, oneByOne.stored)
  context.diagnostic(
    `${together.rows?.length} rows, ${together.events?.length} events, largest batch ${together.largest}`,
  )
})
