/**
 * Changes of every row that meets a filter: the same change as of single rows, on inputs that the
 * table itself gives.
 */

import type { Caller } from '../../base/caller.ts'
import type { Model } from '../../model/model.ts'
import { QueryFaults } from '../faults.ts'
import { filterConditions } from '../filter.ts'
import { all, callerId, join, name, raw, render, sql, value, type Fragment } from '../fragment.ts'
import { sqlKinds } from '../kinds.ts'
import type { FilterShape, WriteWherePlan } from '../plan.ts'
import { predicate } from '../predicate.ts'
import { readResidual } from '../residual.ts'
import { visibleFields } from '../visibility.ts'
import { assemble } from './assemble.ts'
import { changes, planKey, refuseForbidden, resourceOf } from './compile.ts'
import { countSelect } from './follow.ts'
import { strength } from './row.ts'
import { rows, type Step } from './steps.ts'
import { fieldsSet, type WriteTask } from './task.ts'

/** The shape of a change of every row that meets the filters. */
export interface WriteWhereShape {
  readonly resource: string
  readonly form: 'update' | 'delete'
  readonly filters: readonly FilterShape[]
  /** Of update: the fields that are set, to the same values in every row. */
  readonly fields: readonly string[]
}

/** Throws what `compileWrite` throws; `validate.query` names faulty filters. */
export function compileWriteWhere(
  model: Model,
  shape: WriteWhereShape,
  caller: Caller,
): WriteWherePlan {
  const { form, fields } = shape
  const resource = resourceOf(model, shape.resource)
  const task: WriteTask = {
    viewpoint: { model, caller },
    resource,
    shape: { resource: resource.name, form, fields, merge: [], versioned: false, keyed: false },
    view: { fields: [], expand: [] },
    waiting: true,
  }
  refuseForbidden(task)
  const change = changes[form](task)
  const inputs = [matchedStep(task, shape.filters), matchedInputsStep(task, shape.filters.length)]
  const { text, parameters } = render(assemble(task, inputs, change, countSelect()))
  return Object.freeze({
    kind: 'write-where',
    key: planKey(resource, `${form}-where`, text),
    resource: resource.name,
    form,
    text,
    parameters: Object.freeze(parameters),
  })
}

/** Held first: a row that another transaction changes meanwhile is matched as it is then. */
function matchedStep(task: WriteTask, filters: readonly FilterShape[]): Step {
  const { viewpoint, resource } = task
  const faults = new QueryFaults()
  const visible = new Map(
    visibleFields(viewpoint, resource).map(shown => [shown.field.name, shown]),
  )
  const { conditions } = filterConditions(filters, visible, 't', faults)
  faults.raise()
  const readable = predicate(viewpoint, readResidual(viewpoint, resource), { resource, alias: 't' })
  return rows(
    'matched',
    sql`select t."id" from ${name(resource.table)} t where ${all([...conditions, readable])}
order by t."id" ${raw(strength(task))} of t`,
  )
}

/**
 * `q` of the rows matched; the values stand behind those of the filters, and the trace behind them.
 */
function matchedInputsStep(task: WriteTask, at: number): Step {
  const set = fieldsSet(task)
  const values = set.map((field, index): Fragment => {
    const given = value(at + index, sqlKinds[field.kind].type)
    return sql`${given} as ${name(field.column)}`
  })
  const columns = [
    sql`(row_number() over (order by matched."id"))::int4 as "$n"`,
    sql`matched."id" as "$id"`,
    sql`${callerId} as "$caller"`,
    sql`${value(at + set.length, 'text')} as "$trace"`,
    ...values,
  ]
  return rows('q', sql`select ${join(columns, ', ')} from matched`)
}
