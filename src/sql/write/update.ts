/** Changes rows: held, judged before and after the change, changed where anything differs, told. */

import type { FieldModel } from '../../model/model.ts'
import { all, always, column, join, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { inputsWithStored, storedColumns } from './follow.ts'
import { unlessNewer } from './newer.ts'
import { asStored, heldStep } from './row.ts'
import { answerBody, eventBefore, old, shownBody } from './shown.ts'
import { change, rows } from './steps.ts'
import { carried, columnsOf, fieldsSet, input, now, remaining, type WriteTask } from './task.ts'
import {
  answered,
  brokenReferences,
  denied,
  deniedFields,
  notHeld,
  oversize,
  stale,
  takenKeys,
  verdict,
} from './verdict.ts'

export function updateChange(task: WriteTask): Change {
  const { resource } = task
  const body = answerBody(task, 'r')
  return {
    steps: [heldStep(task), rows('judged', judged(task)), change('changed', changed(task))],
    told: [
      {
        resource,
        type: 'updated',
        source: sql`(${changedAndSame(task)}) r`,
        carrier: 'r',
        asked: always,
        changed: raw('r."$changed"'),
        body,
        before: eventBefore(fieldsSet(task)),
      },
    ],
    body: shownBody(resource, body),
  }
}

/** The name of a column's new value in `judged`, where the old one stands beside it. */
function setColumn(field: FieldModel): string {
  return `$set.${field.column}`
}

/**
 * The rows as they are, their new values and their verdicts; `$same` where nothing would change.
 */
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
    ...answered(task),
    ...notHeld(task),
    ...unlessNewer(task, [
      ...denied(task, rest, 'held'),
      ...deniedFields(task, 'held', 'held'),
      ...stale(task, 'held'),
    ]),
    ...brokenReferences(task, 'held'),
    ...denied(task, rest, 'n'),
    ...deniedFields(task, 'n', 'held'),
    ...oversize(task),
    ...takenKeys(task),
  ]
  const columns = [
    carried(task, 'q'),
    columnsOf(resource.fields, 'held'),
    ...set.map(field => sql`${column('n', field.column)} as ${name(setColumn(field))}`),
    ...storedColumns(task),
  ]
  return sql`select ${join(columns, ', ')}, ${all(same)} as "$same", ${verdict(faults)} as "$fault"
from ${inputsWithStored(task)} left join held on held."$n" = ${input.number}
cross join lateral (select ${join(values, ', ')}) n`
}

const systemValues: Readonly<Record<string, Fragment>> = {
  version: raw('held."version" + 1'),
  updatedAt: now,
}

export function newValue(task: WriteTask, field: FieldModel): Fragment {
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
  const assigned = set.map(
    field => sql`${name(field.column)} = ${column('judged', setColumn(field))}`,
  )
  return sql`update ${name(table)} t set ${assignments('t', assigned)}
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning ${join([carried(task, 'judged'), columnsOf(fields, 'new'), ...oldValues(set)], ', ')}`
}

/** Of the row in relation `alias`; `assigned` are those of the input. */
export function assignments(alias: string, assigned: readonly Fragment[]): Fragment {
  const system = [sql`"version" = ${column(alias, 'version')} + 1`, sql`"updated_at" = ${now}`]
  return join([...system, ...assigned], ', ')
}

/** Beside the columns of a changed row, the values that it had before. */
export function oldValues(set: readonly FieldModel[]): readonly Fragment[] {
  return set.map(field => sql`${column('old', field.column)} as ${name(old(field).column)}`)
}

/** A row that the change leaves as it is is done too: it is told, but not logged. */
function changedAndSame(task: WriteTask): Fragment {
  const { fields } = task.resource
  const set = fieldsSet(task)
  const columns = (alias: string, before: (field: FieldModel) => string) => [
    carried(task, alias),
    columnsOf(fields, alias),
    ...set.map(field => column(alias, before(field))),
  ]
  const after = columns('changed', field => old(field).column)
  const kept = columns('judged', field => field.column)
  return sql`select true as "$changed", ${join(after, ', ')} from changed
union all
select false, ${join(kept, ', ')} from judged where judged."$fault" is null and judged."$same"`
}
