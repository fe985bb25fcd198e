/**
 * The form of a write for one row that waits alone and that little stands against: it changes the
 * row without judging it first. Where it changes nothing, the form for groups finds out why.
 */

import { all, any, column, join, name, raw, render, sql, type Fragment } from '../fragment.ts'
import type { WriteShape } from '../plan.ts'
import { assemble, type Change } from './assemble.ts'
import { newRow, newRowFaults } from './create.ts'
import { oneInput } from './inputs.ts'
import { judgedByOthers } from './newer.ts'
import { readable, strength } from './row.ts'
import { answerBody, eventBefore, shownBody, type Told } from './shown.ts'
import { change } from './steps.ts'
import { columnsOf, fieldsSet, input, remaining, type WriteTask } from './task.ts'
import { assignments, newValue, oldValues } from './update.ts'
import { takenKeys } from './verdict.ts'

/**
 * Parameters are those of the plan, each a value instead of an array. One row as of the other forms
 * where the row was changed, else none. Null where a row has to be judged before it is changed, and
 * for a keyed write, which may have an answer already.
 */
export function loneText(task: WriteTask): string | null {
  const lone = task.shape.keyed ? null : forms[task.shape.form](task)
  if (lone === null) return null
  const answer = sql`select 0, 'done', null::text, ${lone.body}, shown."$version" from shown`
  return render(assemble(task, [], lone, answer)).text
}

const forms: Readonly<Record<WriteShape['form'], (task: WriteTask) => Change | null>> = {
  create: loneCreate,
  update: loneUpdate,
  delete: () => null,
}

function loneCreate(task: WriteTask): Change {
  const { fields, table } = task.resource
  const columns = join(
    fields.map(field => name(field.column)),
    ', ',
  )
  const faults = newRowFaults(task).map(({ when }) => when)
  const condition = faults.length === 0 ? raw('') : sql` where (${any(faults)}) is not true`
  const inserted = sql`insert into ${name(table)} (${columns})
select ${columnsOf(fields, 'n')} from ${oneInput(task)} cross join lateral ${newRow(task)}${condition}
on conflict do nothing
returning ${columns}`
  return toldChange(task, inserted, 'created', raw('null::text'))
}

/**
 * Null where anything but its absence, its version and a lock can stand against the change. A row
 * that is locked is left to the form for groups, which does not wait either: what waits in a lane
 * holds up everybody behind it.
 */
function loneUpdate(task: WriteTask): Change | null {
  const { resource, shape } = task
  const set = fieldsSet(task)
  const rules = [resource.access.update, ...set.flatMap(field => field.access.write ?? [])]
  const judged =
    judgedByOthers(task) ||
    rules.some(rule => remaining(task, rule) !== true) ||
    set.some(({ kind }) => kind === 'ref' || kind === 'document') ||
    takenKeys(task).length > 0
  if (judged || set.length === 0) return null
  const assigned = set.map(field => sql`${name(field.column)} = ${newValue(task, field)}`)
  const differs = set.map(
    field => sql`${column('held', field.column)} is distinct from ${newValue(task, field)}`,
  )
  const condition = all([
    sql`held."id" = ${input.id}`,
    readable(task, 'held'),
    ...(shape.versioned ? [sql`held."version" = ${input.version}`] : []),
    any(differs),
  ])
  const free = sql`select held."id" from ${name(resource.table)} held where ${condition}
${raw(strength(task))} of held skip locked`
  const updated = sql`update ${name(resource.table)} held set ${assignments('held', assigned)}
from ${oneInput(task)} where held."id" = (${free})
returning ${join([columnsOf(resource.fields, 'new'), ...oldValues(set)], ', ')}`
  return toldChange(task, updated, 'updated', eventBefore(set))
}

function toldChange(
  task: WriteTask,
  changed: Fragment,
  type: Told['type'],
  before: Fragment,
): Change {
  const { resource } = task
  const body = answerBody(task, 'q')
  return {
    steps: [change('changed', changed)],
    told: [
      {
        resource,
        type,
        source: sql`changed r cross join ${oneInput(task)}`,
        carrier: 'q',
        asked: raw('true'),
        changed: raw('true'),
        body,
        before,
      },
    ],
    body: shownBody(resource, body),
  }
}
