/** Rows of the table: values as it stores them, and rows held against change by others. */

import type { FieldModel } from '../../model/model.ts'
import { all, join, name, raw, sql, type Fragment } from '../fragment.ts'
import { sqlKinds } from '../kinds.ts'
import { readResidual } from '../residual.ts'
import { placeOf } from './newer.ts'
import { rows, type Step } from './steps.ts'
import { columnsOf, holds, input, type WriteTask } from './task.ts'

const storedTypes: Partial<Record<FieldModel['kind'], string>> = { timestamp: 'timestamptz(3)' }

/** A value with the type and collation of its column, so that rules judge the row as it will be. */
export function asStored(field: FieldModel, value: Fragment): Fragment {
  const type = storedTypes[field.kind] ?? sqlKinds[field.kind].type
  const collation = type === 'text' ? ' collate "pg_c_utf8"' : ''
  return sql`${value}::${raw(type + collation)}`
}

export function readable(task: WriteTask, alias: string): Fragment {
  return holds(task, readResidual(task.viewpoint, task.resource), alias)
}

/** What deletes a row or changes a unique key of it. */
export function strength(task: WriteTask): string {
  const { form, fields } = task.shape
  const keys = task.resource.indexes.filter(index => index.unique).flatMap(index => index.columns)
  const strong = form === 'delete' || keys.some(({ field }) => fields.includes(field))
  return strong ? 'for update' : 'for no key update'
}

/**
 * The rows that the caller may read, held in the order of their ids, so that two writers never wait
 * for each other in a circle. The lock gives the newest version of a row, which the statement's
 * snapshot may not.
 */
export function heldStep(task: WriteTask): Step {
  const { fields, table } = task.resource
  const fresh = task.shape.keyed
    ? [sql`not exists (select 1 from stored where stored."$n" = ${input.number})`]
    : []
  const columns = [input.number, columnsOf(fields, 't'), ...placeOf(task, 't')]
  return rows(
    'held',
    sql`select ${join(columns, ', ')}
from q join ${name(table)} t on ${all([sql`t."id" = ${input.id}`, readable(task, 't'), ...fresh])}
order by t."id" ${raw(strength(task))} of t${raw(task.waiting ? '' : ' skip locked')}`,
  )
}
