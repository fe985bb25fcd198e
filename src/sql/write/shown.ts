/** What is told of a change: to the caller as the answer's body, to the log as the event's data. */

import type { FieldModel, ResourceModel } from '../../model/model.ts'
import { bodyJson } from '../body.ts'
import { QueryFaults } from '../faults.ts'
import {
  always,
  column,
  join,
  literal,
  never,
  raw,
  render,
  sql,
  type Fragment,
} from '../fragment.ts'
import { jsonColumn, objectJson } from '../json-text.ts'
import { predicate } from '../predicate.ts'
import { readResidual } from '../residual.ts'
import { rows, type Step } from './steps.ts'
import { carried, ofRow, type WriteTask } from './task.ts'

type ChangeType = 'created' | 'updated' | 'deleted'

/**
 * One kind of change, in relation `r`: the row's columns, and the old values where it is an update.
 */
export interface Told {
  readonly resource: ResourceModel
  readonly type: ChangeType
  /** The relation `r`, and the relation that carries the inputs where `r` does not. */
  readonly source: Fragment
  readonly carrier: 'r' | 'judged' | 'q'
  /** Whether it is the row that the input asks for, and not one that a cascade reached. */
  readonly asked: Fragment
  /** Whether the row of the source was changed: without a change there is no event. */
  readonly changed: Fragment
  /** JSON text for the caller. */
  readonly body: Fragment
  /** JSON text for the log. */
  readonly before: Fragment
}

/**
 * The rows that the following steps read: one for each row that is done, with all that is told of
 * it.
 */
export function shownStep(task: WriteTask, told: readonly Told[]): Step {
  return rows(
    'shown',
    join(
      told.map(part => shownSelect(task, part)),
      '\nunion all\n',
    ),
  )
}

function shownSelect(task: WriteTask, part: Told): Fragment {
  const { resource, type, source, carrier, asked, changed, body, before } = part
  const data = eventData(resource, 'r')
  const columns = [
    sql`${carried(task, carrier)}, r."id" as "$id", r."version" as "$version"`,
    sql`${literal(resource.name, 'text')} as "$resource", ${literal(`${resource.name}.${type}`, 'text')} as "$type"`,
    sql`${asked} as "$asked", ${changed} as "$changed", ${data} as "$data", ${before} as "$before"`,
    sql`${sameText(body, data) ? raw('null::text') : body} as "$body"`,
  ]
  return sql`select ${join(columns, ',\n  ')}\nfrom ${source}`
}

/** Where caller and log are told the same, which is common, PostgreSQL writes it once. */
export function shownBody(resource: ResourceModel, body: Fragment): Fragment {
  return sameText(body, eventData(resource, 'r')) ? raw('shown."$data"') : raw('shown."$body"')
}

function sameText(left: Fragment, right: Fragment): boolean {
  return render(left).text === render(right).text
}

/** The whole row in relation `alias`, as the log keeps it. */
function eventData(resource: ResourceModel, alias: string): Fragment {
  return objectJson(
    resource.fields.map(field => ({
      name: field.name,
      value: jsonColumn(field, alias),
      condition: null,
    })),
  )
}

/** The value of a field before the change, as a column of the same relation as the field. */
export function old(field: FieldModel): FieldModel {
  return { ...field, column: `$old.${field.column}` }
}

/** The old values of those of the fields that changed, in relation `r`. */
export function eventBefore(fields: readonly FieldModel[]): Fragment {
  if (fields.length === 0) return raw(`'{}'`)
  const members = fields.map(field => {
    const before = old(field)
    const key = literal(`${JSON.stringify(field.name)}:`)
    const differs = sql`${column('r', before.column)} is distinct from ${column('r', field.column)}`
    return sql`case when ${differs} then ${key} || ${jsonColumn(before, 'r')} end`
  })
  return sql`'{' || concat_ws(',', ${join(members, ', ')}) || '}'`
}

/**
 * The row in relation `r` as the answer's view shows it to the caller; null where the caller may
 * not read the row.
 */
export function answerBody(task: WriteTask, carrier: Told['carrier']): Fragment {
  const row = { resource: task.resource, alias: 'r' }
  const readable = predicate(task.viewpoint, readResidual(task.viewpoint, task.resource), row)
  if (readable === never) return raw('null::text')
  const faults = new QueryFaults()
  const place = { alias: 'r', depth: 0, lists: 0 }
  const { json } = bodyJson(task.viewpoint, task.resource, task.view, faults, place)
  faults.raise()
  return ofRow(readable === always ? json : sql`case when ${readable} then ${json} end`, carrier)
}
