/** Rows that name another one and that a caller may read: what could show him the other. */

import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import { type Actor, type Planted, type Wish, wishesFor } from './policy.ts'

interface Naming {
  readonly child: ResourceModel
  /** The reference of the child. */
  readonly field: FieldModel
  /** What a child must be like, whatever row it names. */
  readonly wish: Wish
}

/** One for each resource that refers to this one, where its rule leaves the reference free. */
export function namingsOf(model: Model, resource: ResourceModel, caller: Actor): readonly Naming[] {
  return [...model.resources.values()].flatMap(child => {
    const field = child.fields.find(
      ({ kind, target, system }) => kind === 'ref' && target === resource.name && !system,
    )
    if (field === undefined || child.identity) return []
    const wish = wishesFor(model, child, child.access.read, caller).find(
      ({ values, parents }) =>
        parents[field.name] === undefined && values[field.name] === undefined,
    )
    return wish === undefined ? [] : [{ child, field, wish }]
  })
}

/** A child that names this row; where only one child may, it is the same one each time. */
export function wishNaming({ field, wish }: Naming, row: Planted): Wish {
  const named = { [field.name]: row }
  return row.resource.identity
    ? { ...wish, values: { ...wish.values, [field.name]: row.id } }
    : { ...wish, parents: { ...wish.parents, ...named } }
}
