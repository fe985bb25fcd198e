/** What every write does beside its change: events, stored answers, and one answer for each row. */

import { column, join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { change, rows, type Step } from './steps.ts'
import { input, type WriteTask } from './task.ts'

/** HTTP's status of each form: what a replay answers. */
const status = { create: 201, update: 200, delete: 204 } as const

/** One event for each change that is shown. The change came first, so its transaction is older than its position. */
export function eventsStep(task: WriteTask): Step {
  const columns = [
    'type',
    'resource',
    'key',
    'version',
    'schema',
    'actor',
    'trace',
    'data',
    'before',
  ]
  return change(
    'logged',
    sql`insert into "mettle"."events" (${join(columns.map(name), ', ')})
select shown."$type", shown."$resource", shown."$id", shown."$version", ${literal(task.viewpoint.model.epoch)}, shown."$caller", shown."$trace",
  shown."$data"::jsonb, shown."$before"::jsonb
from shown where shown."$changed"`,
  )
}

function operation(task: WriteTask): Fragment {
  return literal(`${task.resource.name}.${task.shape.form}`)
}

/** The answers that are stored for keys of this write: `$same` where the key belongs to this very request. */
export function storedSteps(task: WriteTask): readonly Step[] {
  if (!task.shape.keyed) return []
  const same = sql`i."hash" = ${input.hash}`
  const kept = (part: string) =>
    sql`case when ${same} then ${column('i', part)} end as ${name(`$${part}`)}`
  return [
    rows(
      'stored',
      sql`select ${input.number}, ${same} as "$same", ${kept('body')}, ${kept('row')}, ${kept('version')}
from q join "mettle"."idempotency" i
  on i."caller" = coalesce(${input.caller}::text, '') and i."operation" = ${operation(task)} and i."key" = ${input.key}`,
    ),
  ]
}

/** What `judged` reads: the inputs, and with a key the answers that are stored. */
export function inputsWithStored(task: WriteTask): Fragment {
  return task.shape.keyed ? sql`q left join stored on stored."$n" = ${input.number}` : raw('q')
}

/** Columns of `judged` from which a replay is answered. */
export function storedColumns(task: WriteTask, alias = 'stored'): readonly Fragment[] {
  return task.shape.keyed ? [column(alias, '$body'), column(alias, '$version')] : []
}

/**
 * Stores the answers. A key that another node stored meanwhile is refused with 23505, which undoes the whole statement:
 * `on conflict do nothing` would let the change stand twice.
 */
export function answersSteps(task: WriteTask, body: Fragment): readonly Step[] {
  if (!task.shape.keyed) return []
  const columns = ['caller', 'operation', 'key', 'hash', 'status', 'body', 'row', 'version']
  return [
    change(
      'answered',
      sql`insert into "mettle"."idempotency" (${join(columns.map(name), ', ')})
select coalesce(shown."$caller"::text, ''), ${operation(task)}, shown."$key", shown."$hash", ${raw(String(status[task.shape.form]))}, ${body}, shown."$id", shown."$version"
from shown where shown."$asked"`,
    ),
  ]
}

/** A row that was judged fit and is still not done took a unique key that another row has. */
const outcome = raw(
  `case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end`,
)

const answers = raw('judged left join shown on shown."$n" = judged."$n" and shown."$asked"')

/** `[n, outcome, detail, body, version]` for each row of `q`. */
export function answerSelect(task: WriteTask, { body }: Change): Fragment {
  const or = (fresh: Fragment, stored: string) =>
    task.shape.keyed ? sql`coalesce(${fresh}, judged.${name(stored)})` : fresh
  const columns = [
    raw('judged."$n"'),
    outcome,
    raw('judged."$fault"[2]'),
    or(body, '$body'),
    or(raw('shown."$version"'), '$version'),
  ]
  return sql`select ${join(columns, ', ')}\nfrom ${answers}`
}

/** `[outcome, detail, count]` for each pair that occurred among the rows of `q`. */
export function countSelect(): Fragment {
  return sql`select ${outcome}, judged."$fault"[2], count(*)::int4\nfrom ${answers} group by 1, 2`
}
