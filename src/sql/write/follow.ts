/** What every write does beside its change: events, stored answers, and one answer for each row. */

import { column, join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import { change, rows, type Step } from './steps.ts'
import { input, type WriteTask } from './task.ts'

/** HTTP's status of each form: what a replay answers. */
const status = { create: 201, update: 200, delete: 204 } as const

/**
 * One event for each change that is shown. The change came first, so its transaction is older than
 * its position.
 */
export function eventsStep(task: WriteTask): Step {
  const values = {
    type: raw('shown."$type"'),
    resource: raw('shown."$resource"'),
    key: raw('shown."$id"'),
    version: raw('shown."$version"'),
    schema: literal(task.viewpoint.model.epoch),
    actor: raw('shown."$caller"'),
    trace: raw('shown."$trace"'),
    data: raw('shown."$data"::json'),
    before: raw('shown."$before"::json'),
  }
  return change('logged', insertShown('events', values, 'shown."$changed"'))
}

/** Into a table of the engine, from the rows that are shown. */
function insertShown(
  table: string,
  values: Readonly<Record<string, Fragment>>,
  condition: string,
): Fragment {
  return sql`insert into "mettle".${name(table)} (${join(Object.keys(values).map(name), ', ')})
select ${join(Object.values(values), ', ')}
from shown where ${raw(condition)}`
}

function operation(task: WriteTask): Fragment {
  return literal(`${task.resource.name}.${task.shape.form}`)
}

/**
 * The answers that are stored for keys of this write: `$same` where the key belongs to this very
 * request.
 */
export function storedSteps(task: WriteTask): readonly Step[] {
  if (!task.shape.keyed) return []
  const same = sql`i."hash" = ${input.hash}`
  const kept = (part: string) =>
    sql`case when ${same} then ${column('i', part)} end as ${name(`$${part}`)}`
  return [
    rows(
      'stored',
      sql`select ${input.number}, ${same} as "$same", ${kept('body')}, ${kept('row')}, ${kept('version')}
from q join "mettle"."idempotency" i on i."caller" = coalesce(${input.caller}::text, '')
  and i."operation" = ${operation(task)} and i."key" = ${input.key}`,
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
 * Stores the answers. A key that another node stored meanwhile is refused with 23505, which undoes
 * the whole statement: `on conflict do nothing` would let the change stand twice.
 */
export function answersSteps(task: WriteTask, body: Fragment): readonly Step[] {
  if (!task.shape.keyed) return []
  const values = {
    caller: sql`coalesce(shown."$caller"::text, '')`,
    operation: operation(task),
    key: raw('shown."$key"'),
    hash: raw('shown."$hash"'),
    status: raw(String(status[task.shape.form])),
    body,
    row: raw('shown."$id"'),
    version: raw('shown."$version"'),
  }
  return [change('answered', insertShown('idempotency', values, 'shown."$asked"'))]
}

/** A row that was judged fit and is still not done took a unique key that another row has. */
const outcome = raw(
  `case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end`,
)

const answers = raw('judged left join shown on shown."$n" = judged."$n" and shown."$asked"')

/** `[n, outcome, detail, body, version]` for each row of `q`. */
export function answerSelect(task: WriteTask, body: Fragment): Fragment {
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
