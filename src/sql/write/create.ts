/** Creates rows: judged by the rule of creation on the new row, inserted, told. */

import { codec } from '../../model/kinds/index.ts'
import type { FieldModel } from '../../model/model.ts'
import { always, column, join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { inputsWithStored, storedColumns } from './follow.ts'
import { asStored } from './row.ts'
import { answerBody, shownBody } from './shown.ts'
import { change, rows } from './steps.ts'
import { carried, columnsOf, input, now, remaining, type Fault, type WriteTask } from './task.ts'
import {
  answered,
  brokenReferences,
  checkedReferences,
  denied,
  deniedFields,
  oversize,
  verdict,
} from './verdict.ts'

const systemValues: Readonly<Record<string, Fragment>> = {
  id: input.id,
  version: raw('1'),
  createdAt: now,
  updatedAt: now,
}

export function createChange(task: WriteTask): Change {
  const { resource } = task
  const body = answerBody(task, 'judged')
  return {
    steps: [rows('judged', judged(task)), change('changed', inserted(task))],
    told: [
      {
        resource,
        type: 'created',
        source: sql`changed r join judged on judged."id" = r."id"`,
        carrier: 'judged',
        asked: always,
        changed: always,
        body,
        before: raw('null::text'),
      },
    ],
    body: shownBody(resource, body),
  }
}

/** What may stand against the new row, in relation `n`. */
export function newRowFaults(task: WriteTask): readonly Fault[] {
  const rest = remaining(task, task.resource.access.create, checkedReferences(task))
  return [
    ...brokenReferences(task, null),
    ...denied(task, rest, 'n'),
    ...deniedFields(task, 'n', null),
    ...oversize(task),
  ]
}

/** The new row of an input `q`. */
export function newRow(task: WriteTask): Fragment {
  const values = task.resource.fields.map(
    field => sql`${newValue(task, field)} as ${name(field.column)}`,
  )
  return sql`(select ${join(values, ', ')}) n`
}

/** The new rows with their verdicts. */
function judged(task: WriteTask): Fragment {
  const { resource } = task
  const faults = [...answered(task), ...newRowFaults(task)]
  const columns = [carried(task, 'q'), columnsOf(resource.fields, 'n'), ...storedColumns(task)]
  return sql`select ${join(columns, ', ')}, ${verdict(faults)} as "$fault"
from ${inputsWithStored(task)} cross join lateral ${newRow(task)}`
}

function newValue(task: WriteTask, field: FieldModel): Fragment {
  const system = systemValues[field.name]
  if (system !== undefined) return system
  if (task.shape.fields.includes(field.name)) return asStored(field, column('q', field.column))
  const { default: fallback } = field
  if (fallback?.kind === 'value') {
    return asStored(field, literal(String(codec.encode(field, fallback.value))))
  }
  if (fallback?.kind === 'caller') return input.caller
  if (fallback?.kind === 'now') return now
  if (field.optional) return asStored(field, raw('null'))
  throw new Error(`${task.resource.name}.${field.name} has no default and must be set`)
}

function inserted(task: WriteTask): Fragment {
  const { fields, table } = task.resource
  const columns = join(
    fields.map(field => name(field.column)),
    ', ',
  )
  const conflict = raw(task.waiting ? '' : '\non conflict do nothing')
  return sql`insert into ${name(table)} (${columns})
select ${columnsOf(fields, 'judged')} from judged where judged."$fault" is null${conflict}
returning ${columns}`
}
