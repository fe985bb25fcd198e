/** What every write does beside its change: events, stored answers, and one answer for each row. */

import { join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { change, rows, type Step } from './steps.ts'
import { input, type WriteTask } from './task.ts'

/** HTTP's status of each form: what a replay answers. */
const status = { create: 201, update: 200, delete: 204 } as const

/** One event for each change of `shown`. The change came first, so its transaction is older than its position. */
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
select shown."$type", shown."$resource", shown."$id", shown."$version", ${literal(task.viewpoint.model.epoch)}, ${input.caller}, ${input.trace},
  shown."$data"::jsonb, shown."$before"::jsonb
from shown join q on ${input.number} = shown."$n" where shown."$changed"`,
  )
}

/** Whose key it is: nobody shares a key with a user, those without a name share theirs. */
const keyOwner: Fragment = sql`coalesce(${input.caller}::text, '')`

function operation(task: WriteTask): Fragment {
  return literal(`${task.resource.name}.${task.shape.form}`)
}

/** The answers that are stored for keys of this write: `$same` where the key belongs to this very request. */
export function storedSteps(task: WriteTask): readonly Step[] {
  if (!task.shape.keyed) return []
  return [
    rows(
      'stored',
      sql`select ${input.number}, i."hash" = ${input.hash} as "$same", i."body" as "$body", i."row" as "$row", i."version" as "$version"
from q join "mettle"."idempotency" i
  on i."caller" = ${keyOwner} and i."operation" = ${operation(task)} and i."key" = ${input.key}`,
    ),
  ]
}

/** Whether a row of `q` has no stored answer. */
export function unanswered(task: WriteTask): readonly Fragment[] {
  return task.shape.keyed
    ? [sql`not exists (select 1 from stored where stored."$n" = ${input.number})`]
    : []
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
select ${keyOwner}, ${operation(task)}, ${input.key}, ${input.hash}, ${raw(String(status[task.shape.form]))}, ${body}, shown."$id", shown."$version"
from shown join q on ${input.number} = shown."$n"${rootOnly(task)}`,
    ),
  ]
}

/** A cascade tells of other rows too: theirs is not the answer. */
function rootOnly(task: WriteTask): Fragment {
  if (task.shape.form !== 'delete') return raw('')
  return sql` and shown."$id" = ${input.id} and shown."$resource" = ${literal(task.resource.name)}`
}

/** The outcome of a row of `q`; `judged` holds the verdicts. */
function outcome(task: WriteTask, otherwise: Fragment): Fragment {
  const replayed = task.shape.keyed
    ? sql`\n    when stored."$n" is not null then case when stored."$same" then 'replayed' else 'mismatch' end`
    : raw('')
  return sql`case when shown."$n" is not null then 'done'${replayed}
    when judged."$fault" is not null then judged."$fault"[1]
    else ${otherwise} end`
}

function judgedInputs(task: WriteTask): Fragment {
  return sql`q
left join shown on shown."$n" = ${input.number}${rootOnly(task)}
left join judged on judged."$n" = ${input.number}`
}

/** `[n, outcome, detail, body, version]` for each row of `q`. */
export function answerSelect(task: WriteTask, { body, otherwise }: Change): Fragment {
  const { keyed } = task.shape
  const or = (fresh: Fragment, stored: string) =>
    keyed ? sql`coalesce(${fresh}, case when stored."$same" then ${raw(stored)} end)` : fresh
  const columns = [
    outcome(task, otherwise),
    or(raw('judged."$fault"[2]'), 'stored."$row"::text'),
    or(body, 'stored."$body"'),
    or(raw('shown."$version"'), 'stored."$version"'),
  ]
  const joined = keyed ? sql`\nleft join stored on stored."$n" = ${input.number}` : raw('')
  return sql`select ${input.number},\n  ${join(columns, ',\n  ')}\nfrom ${judgedInputs(task)}${joined}`
}

/** `[outcome, detail, count]` for each pair that occurred among the rows of `q`. */
export function countSelect(task: WriteTask, { otherwise }: Change): Fragment {
  return sql`select "outcome", "detail", count(*)::int4 from (
  select ${outcome(task, otherwise)} as "outcome", judged."$fault"[2] as "detail"
  from ${judgedInputs(task)}
) o group by "outcome", "detail"`
}
