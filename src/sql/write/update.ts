/** Changes rows: held, judged before and after the change, changed where anything differs, told. */

import type { FieldModel } from '../../model/model.ts'
import { all, column, join, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { asStored, heldStep, notHeld } from './row.ts'
import { answerBody, eventBefore, old, shownBody } from './shown.ts'
import { change, rows } from './steps.ts'
import { columnsOf, fieldsSet, input, now, remaining, type WriteTask } from './task.ts'
import {
  brokenReferences,
  denied,
  deniedFields,
  oversize,
  stale,
  takenKeys,
  verdict,
} from './verdict.ts'

export function updateChange(task: WriteTask): Change {
  const { resource } = task
  const body = answerBody(task)
  return {
    steps: [heldStep(task), rows('judged', judged(task)), change('changed', changed(task))],
    told: [
      {
        resource,
        type: 'updated',
        source: sql`(${changedAndSame(task)}) r join q on ${input.number} = r."$n"`,
        changed: raw('r."$changed"'),
        body,
        before: eventBefore(fieldsSet(task)),
      },
    ],
    body: shownBody(resource, body),
    otherwise: notHeld(task),
  }
}

/** The changed columns with their verdicts; `$same` where nothing would change. */
function judged(task: WriteTask): Fragment {
  const { resource } = task
  const set = fieldsSet(task)
  const values = resource.fields.map(
    field => sql`${newValue(task, field)} as ${name(field.column)}`,
  )
  const same = set.map(
    field => sql`${column('n', field.column)} is not distinct from ${column('held', field.column)}`,
  )
  const rest = remaining(task, resource.access.update)
  const faults = [
    ...denied(task, rest, 'held'),
    ...deniedFields(task, 'held', 'held'),
    ...stale(task, 'held'),
    ...brokenReferences(task, 'held'),
    ...denied(task, rest, 'n'),
    ...deniedFields(task, 'n', 'held'),
    ...oversize(task),
    ...takenKeys(task),
  ]
  const columns = [sql`held."$n"`, sql`held."id"`, ...set.map(field => column('n', field.column))]
  return sql`select ${join(columns, ', ')}, ${all(same)} as "$same", ${verdict(faults)} as "$fault"
from held join q on ${input.number} = held."$n"
cross join lateral (select ${join(values, ', ')}) n`
}

const systemValues: Readonly<Record<string, Fragment>> = {
  version: raw('held."version" + 1'),
  updatedAt: now,
}

function newValue(task: WriteTask, field: FieldModel): Fragment {
  const stored = column('held', field.column)
  const { fields, merge } = task.shape
  if (!fields.includes(field.name)) return systemValues[field.name] ?? stored
  const given = column('q', field.column)
  const value = merge.includes(field.name)
    ? sql`"mettle"."merge_patch"(${stored}, ${given})`
    : given
  return asStored(field, value)
}

function changed(task: WriteTask): Fragment {
  const { fields, table } = task.resource
  const set = fieldsSet(task)
  const assignments = [
    sql`"version" = t."version" + 1`,
    sql`"updated_at" = ${now}`,
    ...set.map(field => sql`${name(field.column)} = ${column('judged', field.column)}`),
  ]
  const returned = [columnsOf(fields, 'new'), ...set.map(oldReturned)]
  return sql`update ${name(table)} t set ${join(assignments, ', ')}
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", ${join(returned, ', ')}`
}

function oldReturned(field: FieldModel): Fragment {
  return sql`${column('old', field.column)} as ${name(old(field).column)}`
}

/** A row that the change leaves as it is is done too: it is told, but not logged. */
function changedAndSame(task: WriteTask): Fragment {
  const { fields } = task.resource
  const set = fieldsSet(task)
  const after = [
    columnsOf(fields, 'changed'),
    ...set.map(field => column('changed', old(field).column)),
  ]
  const kept = [columnsOf(fields, 'held'), ...set.map(field => column('held', field.column))]
  return sql`select changed."$n", true as "$changed", ${join(after, ', ')} from changed
union all
select held."$n", false, ${join(kept, ', ')} from held join judged on judged."$n" = held."$n"
where judged."$fault" is null and judged."$same"`
}
