/** Rows that hang on others, planted so that somebody may read both. */

import type { FieldModel, InverseModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Service } from '../service.ts'
import {
  type Actor,
  anyRow,
  isPlanted,
  merged,
  type Planted,
  type Wish,
  wishFor,
} from './policy.ts'

/** A reference from rows of one resource to those of another. */
interface Relation {
  readonly child: ResourceModel
  readonly field: FieldModel
  /** What a child must be like. */
  readonly wish: Wish
}

interface Hung {
  readonly child: Planted
  readonly parent: Planted
  readonly field: FieldModel
  /** The lists below the parent that the child stands in, or what is behind it. */
  readonly below: readonly InverseModel[]
}

/** Those whose both ends the actor may read. */
export function relationsOf(model: Model, actor: Actor): readonly Relation[] {
  return [...model.resources.values()]
    .filter(({ identity }) => !identity)
    .flatMap(child => child.fields.map(field => ({ child, field })))
    .flatMap(({ child, field }) => {
      const wish = wishOf(model, actor, child, field)
      return wish === null ? [] : [{ child, field, wish }]
    })
}

function wishOf(
  model: Model,
  actor: Actor,
  child: ResourceModel,
  { kind, system, name, target: named }: FieldModel,
): Wish | null {
  const target = kind === 'ref' && !system ? model.resources.get(named ?? '') : undefined
  if (target === undefined || target === child) return null
  const own = wishFor(model, child, child.access.read, actor)
  const above = wishFor(model, target, target.access.read, actor)
  if (own === null || above === null) return null
  const { values, parents } = own
  // Of accounts, the one that he may read for sure.
  if (target.identity) {
    return { values: { [name]: actor.id, ...values }, parents: { ...parents, [name]: anyRow } }
  }
  const under = parents[name] ?? anyRow
  const wish = isPlanted(under) ? null : merged(under, above)
  return wish === null ? null : { values, parents: { ...parents, [name]: wish } }
}

async function hang({ rows }: Service, { child, field, wish }: Relation): Promise<Hung | null> {
  const planted = await rows.plant(child, wish)
  const parent = planted.parents[field.name]
  if (parent === undefined) return null
  const below = [...parent.resource.inverses.values()].filter(
    inverse => inverse.resource === child.name && inverse.field === field.name,
  )
  return { child: planted, parent, field, below }
}

/** For each reference, as far as there can be such rows. */
export async function hungFor(
  service: Service,
  model: Model,
  caller: Caller,
): Promise<readonly Hung[]> {
  const all: Hung[] = []
  for (const relation of relationsOf(model, caller)) {
    const hung = await hang(service, relation)
    if (hung !== null) all.push(hung)
  }
  return all
}
