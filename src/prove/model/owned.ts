/** Rows that one member may read and another may not. */

import type { Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Service } from '../service.ts'
import { admits, type Planted, wishFor } from './policy.ts'

/** Members who are not there yet, to ask a model what it would let them do. */
const somebody = { id: '00000000-0000-4000-8000-000000000001', roles: [] }

/** Resources with rows that depend on who asks, by the declared rules alone. */
export function ownedIn(model: Model): readonly ResourceModel[] {
  if (model.identity === null) return []
  return [...model.resources.values()].filter(resource => {
    const wish = resource.identity ? null : wishFor(model, resource, resource.access.read, somebody)
    return wish !== null && dependsOnCaller(wish)
  })
}

type Wanted = NonNullable<ReturnType<typeof wishFor>>

function dependsOnCaller({ values, parents }: Wanted): boolean {
  return (
    Object.values(values).includes(somebody.id) ||
    Object.values(parents).some(parent => !('resource' in parent) && dependsOnCaller(parent))
  )
}

/** Plants a row for each caller; only those that the others may not read. */
export async function plantOwned(
  service: Service,
  model: Model,
  resource: ResourceModel,
  callers: readonly Caller[],
): Promise<readonly Planted[]> {
  const rows: Planted[] = []
  for (const [at, caller] of callers.entries()) {
    const wish = wishFor(model, resource, resource.access.read, caller)
    const other = callers[(at + 1) % callers.length]!
    if (wish === null) throw new Error(`${caller.name} may read no row of ${resource.name}`)
    const row = await service.rows.plant(resource, wish)
    if (admits(model, resource.access.read, other, row)) {
      throw new Error(`${other.name} may read the row of ${caller.name} in ${resource.name}`)
    }
    rows.push(row)
  }
  return rows
}
