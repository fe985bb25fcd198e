/** A batch gives every request the row that it gets alone. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import { Problem } from '../../../src/base/errors.ts'
import type { FilterShape, ReadPlan, ReadShape, SortShape } from '../../../src/sql/plan.ts'
import { compileRead } from '../../../src/sql/read.ts'
import { callerOf, desk, idOf } from '../../unit/sql/desk.ts'
import { fillDesk, seeded, ticketsCount } from './desk-rows.ts'
import { expandOf, runAlone, runBatch, shapeOf, sortOf, type Request } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
await fillDesk(session)

const seed = Number(process.env['METTLE_SEED'] ?? 42)
const pick = seeded(seed)
const oneOf = <T>(items: readonly T[]): T => items[pick(items.length)]!

const sorts: readonly (readonly SortShape[])[] = [
  [],
  sortOf('-id'),
  sortOf('priority'),
  sortOf('-priority'),
  sortOf('-priority', 'subject'),
  sortOf('weight', '-createdAt'),
]
const filterKinds: readonly (readonly [FilterShape, () => unknown])[] = [
  [{ field: 'author', operator: 'eq' }, () => idOf(pick(6))],
  [{ field: 'assignee', operator: 'eq' }, () => idOf(pick(6))],
  [{ field: 'priority', operator: 'gte' }, () => pick(4)],
  [{ field: 'id', operator: 'eq' }, () => idOf(1000 + pick(ticketsCount))],
  [{ field: 'subject', operator: 'startsWith' }, () => `subject ${pick(6)}`],
]
const expands: readonly ReadShape['expand'][] = [
  [],
  [expandOf('author', { fields: ['id', 'name'] })],
  [expandOf('comments', { expand: [expandOf('ticket', { fields: ['subject', 'draft'] })] })],
]
const keyValues: Readonly<Record<string, () => string | null>> = {
  id: () => idOf(1000 + pick(ticketsCount)),
  priority: () => oneOf(['0', '1', '2', '3', null]),
  subject: () => `subject ${pick(5)}`,
  weight: () => `900000000000000000${pick(3)}`,
  createdAt: () => `2026-01-01T00:00:00.00${pick(4)}Z`,
}

interface Drawn {
  readonly plan: ReadPlan
  values(): unknown[]
}

/** A random read of tickets; null where the shape is refused. */
function draw(caller: Caller): Drawn | null {
  const expand = oneOf(expands)
  const filters = filterKinds.filter(() => pick(4) === 0)
  const one = shapeOf('tickets', 'one', { expand })
  const list = shapeOf('tickets', 'list', {
    expand,
    sort: oneOf(sorts),
    filters: filters.map(([filter]) => filter),
    after: pick(2) === 0,
  })
  const shape = pick(3) === 0 ? one : list
  try {
    const plan = compileRead(desk, shape, caller)
    if (shape === one) return { plan, values: () => [idOf(1000 + pick(ticketsCount + 5))] }
    const cursor = () => plan.order.map(key => keyValues[key.replace('-', '')]!())
    const values = () => [
      ...filters.map(([, value]) => value()),
      ...(shape.after ? cursor() : []),
      1 + pick(12),
    ]
    return { plan, values }
  } catch (error) {
    assert.ok(error instanceof Problem)
    return null
  }
}

test(`300 random reads (METTLE_SEED=${seed})`, async () => {
  const kinds = [() => callerOf(1 + pick(5)), () => callerOf(1 + pick(5), 'staff'), () => anonymous]
  let batched = 0
  for (let round = 0; round < 300; round++) {
    const callerOfKind = oneOf(kinds)
    const drawn = draw(callerOfKind())
    if (drawn === null || drawn.plan.batch === null) continue
    batched++
    const requests: Request[] = Array.from({ length: 1 + pick(9) }, () => ({
      values: drawn.values(),
      caller: callerOfKind(),
    }))
    const together = await runBatch(session, drawn.plan, requests)
    for (const [number, request] of requests.entries()) {
      const alone = await runAlone(session, drawn.plan, request)
      assert.deepEqual(together[number], alone, `round ${round}: ${drawn.plan.text}`)
    }
  }
  assert.ok(batched > 50, `only ${batched} plans had a batched form`)
})

test('a plan with an array among its parameters has no batched form', () => {
  const filters = [{ field: 'id', operator: 'in' }] as const
  const plan = compileRead(desk, shapeOf('tickets', 'list', { filters }), callerOf(1, 'staff'))
  assert.equal(plan.bounded, true)
  assert.equal(plan.batch, null)
})
