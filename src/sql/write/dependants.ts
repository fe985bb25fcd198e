/** Who refers to a row, and what that means for its deletion. */

import type { FieldModel, Model, OnDelete, ResourceModel } from '../../model/model.ts'
import { all, column, literal, name, sql, type Fragment } from '../fragment.ts'
import { readResidual } from '../residual.ts'
import { exists } from './steps.ts'
import type { Fault, WriteTask } from './task.ts'

/** The reference `field` of `child` to `parent`. */
export interface Dependant {
  readonly child: ResourceModel
  readonly field: FieldModel
  readonly parent: ResourceModel
}

export function dependants(
  model: Model,
  parent: ResourceModel,
  how: OnDelete,
): readonly Dependant[] {
  return [...model.resources.values()].flatMap(child =>
    child.fields
      .filter(
        field => field.target === parent.name && field.kind === 'ref' && field.onDelete === how,
      )
      .map(field => ({ child, field, parent })),
  )
}

/** Whether a deletion changes other rows. */
export function reachesOthers(model: Model, resource: ResourceModel): boolean {
  return (
    [...dependants(model, resource, 'cascade'), ...dependants(model, resource, 'clear')].length > 0
  )
}

/** Null where the caller may read no row of it, so that he does not learn that there are any. */
export function nameFor({ viewpoint }: WriteTask, child: ResourceModel): Fragment | null {
  return readResidual(viewpoint, child) === false ? null : literal(child.name)
}

/** As the detail of a `referenced`: `order-lines (more than 10000 in all)`. */
export function tooManyOf(names: readonly string[], most: number): string {
  return `${names.join(', ')} (more than ${most} in all)`
}

/** The resources that the detail of a `referenced` names. */
export function referringNames(detail: string): readonly string[] {
  return detail.replace(/ \(.*/, '').split(', ')
}

/**
 * Rows that keep a row of relation `held` from being deleted. A row that refers to itself does not.
 */
export function restrictions(task: WriteTask): readonly Fault[] {
  const { viewpoint, resource } = task
  return dependants(viewpoint.model, resource, 'restrict').map(({ child, field }) => {
    const other: Fragment[] = child === resource ? [sql`c."id" <> held."id"`] : []
    const refers = all([sql`${column('c', field.column)} = held."id"`, ...other])
    const when = exists(sql`select 1 from ${name(child.table)} c where ${refers}`)
    return { outcome: 'referenced', detail: nameFor(task, child), when }
  })
}
