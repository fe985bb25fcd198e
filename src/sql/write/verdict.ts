/** Why a row of `q` is not changed: the first fault that holds, as `{outcome, detail}`. */

import { limits } from '../../base/limits.ts'
import type { FieldModel } from '../../model/model.ts'
import { all, always, column, join, literal, name, raw, sql, type Fragment } from '../fragment.ts'
import { predicate } from '../predicate.ts'
import { parentOf, readResidual, type Residual } from '../residual.ts'
import { mindsNewer } from './newer.ts'
import { readable } from './row.ts'
import { exists } from './steps.ts'
import { type Fault, fieldsSet, holds, input, ofRow, remaining, type WriteTask } from './task.ts'

/** A `text[]`: null for a row without a fault. */
export function verdict(faults: readonly Fault[]): Fragment {
  if (faults.length === 0) return raw('null::text[]')
  const cases = faults.map(({ outcome, detail, when }) => {
    const words = detail === null ? [literal(outcome)] : [literal(outcome), detail]
    return sql`when ${when} then array[${join(words, ', ')}]`
  })
  return sql`case ${join(cases, ' ')} end`
}

/** The key of the row has an answer already; relation `stored` is joined. */
export function answered(task: WriteTask): readonly Fault[] {
  if (!task.shape.keyed) return []
  return [
    { outcome: 'replayed', detail: raw('stored."$row"::text'), when: raw('stored."$same"') },
    { outcome: 'mismatch', detail: null, when: raw('not stored."$same"') },
  ]
}

/**
 * The row is not in relation `held`: another transaction has it or changed it out of sight while
 * the statement waited, or the caller does not see it.
 */
export function notHeld(task: WriteTask): readonly Fault[] {
  const missing: Fault = { outcome: 'missing', detail: null, when: raw('held."id" is null') }
  if (task.waiting && !mindsNewer(task)) return [missing]
  const visible = all([sql`t."id" = ${input.id}`, readable(task, 't')])
  const seen = exists(sql`select 1 from ${name(task.resource.table)} t where ${visible}`)
  return [{ outcome: 'busy', detail: null, when: sql`held."id" is null and ${seen}` }, missing]
}

/** The rule of the operation does not hold for the row in relation `alias`. */
export function denied(task: WriteTask, rest: Residual, alias: string): readonly Fault[] {
  const test = holds(task, rest, alias)
  return test === always
    ? []
    : [{ outcome: 'denied', detail: null, when: sql`(${test}) is not true` }]
}

/**
 * A field's own rule does not hold for the row in relation `alias`. With `stored`, a relation of
 * the rows before the change, a value that stays is no write.
 */
export function deniedFields(
  task: WriteTask,
  alias: string,
  stored: string | null,
): readonly Fault[] {
  return fieldsSet(task).flatMap(field => {
    if (field.access.write === null) return []
    const test = holds(task, remaining(task, field.access.write), alias)
    if (test === always) return []
    const differs =
      stored === null
        ? always
        : sql`${column('n', field.column)} is distinct from ${column(stored, field.column)}`
    return [
      {
        outcome: 'denied',
        detail: literal(field.name),
        when: all([differs, sql`(${test}) is not true`]),
      },
    ] as const
  })
}

export function stale(task: WriteTask, stored: string): readonly Fault[] {
  if (!task.shape.versioned) return []
  return [
    { outcome: 'stale', detail: null, when: sql`${column(stored, 'version')} <> ${input.version}` },
  ]
}

/**
 * A reference that the input sets names no row that the caller may read. Callers know their own id,
 * whatever the rules say about the rows of users.
 */
export function brokenReferences(task: WriteTask, stored: string | null): readonly Fault[] {
  return fieldsSet(task)
    .filter(field => field.kind === 'ref')
    .map(field => ({
      outcome: 'reference',
      detail: literal(field.name),
      when: unreadable(task, field, stored),
    }))
}

/**
 * The references whose row the caller is known to read once `brokenReferences` found nothing on a
 * new row.
 */
export function checkedReferences(task: WriteTask): readonly string[] {
  return fieldsSet(task)
    .filter(field => field.kind === 'ref' && !field.optional)
    .filter(field => !parentOf(task.viewpoint.model, task.resource, field.name).parent.identity)
    .map(field => field.name)
}

function unreadable(task: WriteTask, field: FieldModel, stored: string | null): Fragment {
  const { parent } = parentOf(task.viewpoint.model, task.resource, field.name)
  const own = column('n', field.column)
  const visible = predicate(task.viewpoint, readResidual(task.viewpoint, parent), {
    resource: parent,
    alias: 'p',
  })
  const found = exists(
    sql`select 1 from ${name(parent.table)} p where ${all([sql`p."id" = ${own}`, ofRow(visible)])}`,
  )
  return all([
    ...(stored === null ? [] : [sql`${own} is distinct from ${column(stored, field.column)}`]),
    ...(field.optional ? [sql`${own} is not null`] : []),
    ...(parent.identity ? [sql`${own} is distinct from ${input.caller}`] : []),
    sql`not ${found}`,
  ])
}

/**
 * jsonb writes numbers out: ten bytes of `1e131071` become 131,072 digits, and a merge adds to what
 * was there.
 */
export function oversize(task: WriteTask): readonly Fault[] {
  return fieldsSet(task)
    .filter(field => field.kind === 'document')
    .map(field => ({
      outcome: 'oversize',
      detail: literal(field.name),
      when: sql`octet_length(${column('n', field.column)}::text) > ${raw(String(limits.documentBytesMax))}`,
    }))
}

/**
 * Another row, committed before the statement began, holds a unique key that the row takes with the
 * change.
 */
export function takenKeys(task: WriteTask): readonly Fault[] {
  if (task.waiting) return []
  const set = new Set(task.shape.fields)
  return task.resource.indexes
    .filter(index => index.unique && index.columns.some(({ field }) => set.has(field)))
    .map(index => {
      const same = index.columns.map(({ field }) => {
        const { column: key } = task.resource.field.get(field)!
        return sql`${column('o', key)} = ${column('n', key)}`
      })
      const other = all([...same, sql`o."id" <> n."id"`])
      return {
        outcome: 'conflict',
        detail: null,
        when: exists(sql`select 1 from ${name(task.resource.table)} o where ${other}`),
      }
    })
}
