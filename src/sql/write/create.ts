/** Creates rows: judged by the rule of creation on the new row, inserted, told. */

import { codec } from '../../model/kinds/index.ts'
import type { FieldModel } from '../../model/model.ts'
import { all, always, column, join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { unanswered } from './follow.ts'
import { asStored } from './row.ts'
import { answerBody, shownBody } from './shown.ts'
import { change, rows } from './steps.ts'
import { columnsOf, input, now, remaining, type WriteTask } from './task.ts'
import { brokenReferences, denied, deniedFields, oversize, verdict } from './verdict.ts'

const systemValues: Readonly<Record<string, Fragment>> = {
  id: input.id,
  version: raw('1'),
  createdAt: now,
  updatedAt: now,
}

export function createChange(task: WriteTask): Change {
  const { resource } = task
  const body = answerBody(task)
  return {
    steps: [rows('judged', judged(task)), change('changed', inserted(task))],
    told: [
      {
        resource,
        type: 'created',
        source: sql`changed r join q on ${input.id} = r."id"`,
        changed: always,
        body,
        before: raw('null::text'),
      },
    ],
    body: shownBody(resource, body),
    otherwise: sql`'conflict'`,
  }
}

/** The new rows with their verdicts. */
function judged(task: WriteTask): Fragment {
  const { resource } = task
  const values = resource.fields.map(
    field => sql`${newValue(task, field)} as ${name(field.column)}`,
  )
  const faults = [
    ...denied(task, remaining(task, resource.access.create), 'n'),
    ...deniedFields(task, 'n', null),
    ...brokenReferences(task, null),
    ...oversize(task),
  ]
  const where = all(unanswered(task))
  return sql`select ${input.number}, ${columnsOf(resource.fields, 'n')}, ${verdict(faults)} as "$fault"
from q cross join lateral (select ${join(values, ', ')}) n${where === always ? raw('') : sql`\nwhere ${where}`}`
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
  return sql`insert into ${name(table)} (${columns})
select ${columnsOf(fields, 'judged')} from judged where judged."$fault" is null${raw(task.waiting ? '' : '\non conflict do nothing')}
returning ${columns}`
}
