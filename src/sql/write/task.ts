/** What the parts of a write are told, and the names that they share. */

import type { RuleNode } from '../../declare/rule.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'
import type { BodyShape } from '../body.ts'
import { bind, column, join, raw, sql, type Fragment } from '../fragment.ts'
import type { WriteOutcome, WriteShape } from '../plan.ts'
import { predicate } from '../predicate.ts'
import { rowResidual, type Residual, type Viewpoint } from '../residual.ts'

export interface WriteTask {
  readonly viewpoint: Viewpoint
  readonly resource: ResourceModel
  readonly shape: WriteShape
  /** What the answer shows of the row. */
  readonly view: BodyShape
  /** Whether the statement waits for locked rows and lets PostgreSQL refuse a taken unique key. */
  readonly waiting: boolean
}

/** What stands against the change of a row of `q`. */
export interface Fault {
  readonly outcome: WriteOutcome
  /** SQL text. */
  readonly detail: Fragment | null
  readonly when: Fragment
}

/**
 * The relation `q` has one row for each row of the write. The engine's own columns begin with `$`,
 * which no column of a declared field does.
 */
export const input = {
  number: raw('q."$n"'),
  id: raw('q."$id"'),
  caller: raw('q."$caller"'),
  version: raw('q."$version"'),
  key: raw('q."$key"'),
  hash: raw('q."$hash"'),
  trace: raw('q."$trace"'),
} as const

/** Of the transaction, as the columns store it. */
export const now: Fragment = raw('now()::timestamptz(3)')

/**
 * What later steps need of an input, in relation `alias`: they read it there and not in `q`, which
 * saves a join each.
 */
export function carried(task: WriteTask, alias: string): Fragment {
  const names = ['$n', '$caller', '$trace', ...(task.shape.keyed ? ['$key', '$hash'] : [])]
  return join(
    names.map(each => column(alias, each)),
    ', ',
  )
}

/** Puts the caller that relation `alias` carries where the read compiler leaves a parameter. */
export function ofRow(fragment: Fragment, alias = 'q'): Fragment {
  const whole = fragment.pieces.every(piece => typeof piece === 'string')
  return whole ? fragment : bind(fragment, () => column(alias, '$caller'))
}

/**
 * Whether the residual holds for the row in relation `alias`, asked by the caller of `q`; may be
 * null instead of false.
 */
export function holds(task: WriteTask, rest: Residual, alias: string): Fragment {
  return ofRow(predicate(task.viewpoint, rest, { resource: task.resource, alias }))
}

/** `implied` are references whose row is known to be readable. */
export function remaining(
  task: WriteTask,
  rule: RuleNode,
  implied: readonly string[] = [],
): Residual {
  return rowResidual(task.viewpoint, task.resource, rule, implied)
}

/** The fields that the shape sets. */
export function fieldsSet(task: WriteTask): readonly FieldModel[] {
  return task.shape.fields.map(name => {
    const field = task.resource.field.get(name)
    if (field === undefined) throw new Error(`${task.resource.name} has no field ${name}`)
    return field
  })
}

/** `a."x", a."y"`, optionally renamed one by one. */
export function columnsOf(
  fields: readonly FieldModel[],
  alias: string,
  rename: (field: FieldModel) => Fragment | null = () => null,
): Fragment {
  const texts = fields.map(field => {
    const renamed = rename(field)
    const plain = column(alias, field.column)
    return renamed === null ? plain : sql`${plain} as ${renamed}`
  })
  return join(texts, ', ')
}
