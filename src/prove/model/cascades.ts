/** Rows that go or change because another one goes, and whether the log tells of them as well. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Service } from '../service.ts'
import { partsOf } from './deeds.ts'
import { merged, wishFor } from './policy.ts'

interface Cascade {
  readonly parent: ResourceModel
  readonly child: ResourceModel
  readonly field: FieldModel
  /** Who may delete the parent. */
  readonly part: string
}

function cascadesOf(model: Model): readonly Cascade[] {
  const resources = [...model.resources.values()].filter(({ identity }) => !identity)
  return resources.flatMap(child =>
    child.fields.flatMap(field => {
      const parent = field.kind === 'ref' ? model.resources.get(field.target!) : undefined
      if (parent === undefined || parent.identity || field.onDelete === 'restrict') return []
      const part = partsOf(model).find(([, actor]) => deletable(model, parent, actor) !== null)
      return part === undefined ? [] : [{ parent, child, field, part: part[0] }]
    }),
  )
}

function deletable(model: Model, resource: ResourceModel, actor: Parameters<typeof wishFor>[3]) {
  const { read, delete: gone } = resource.access
  return merged(wishFor(model, resource, read, actor), wishFor(model, resource, gone, actor))
}

/** Deletes a row below which another hangs, for each such reference, over the API. */
export async function silentCascades(
  service: Service,
  model: Model,
): Promise<{ readonly tried: number; readonly silent: number }> {
  let [tried, silent] = [0, 0]
  for (const { parent, child, field, part } of cascadesOf(model)) {
    const caller = await service.callers.as(part)
    const wish = deletable(model, parent, caller)
    if (wish === null) continue
    const above = await service.rows.plant(parent, wish)
    const below = await service.rows.plant(child, { values: {}, parents: { [field.name]: above } })
    const path = `${apiPath}/${parent.name}/${above.id}`
    const headers = await caller.headers()
    const { outcome } = await service.send({ path, method: 'DELETE', headers })
    // A hook or another reference may forbid it.
    if (outcome !== 'ok') continue
    tried += 1
    const text = 'select count(*)::int4 from "mettle"."events" where "key" = $1::uuid'
    if ((await service.records.count(text, [below.id])) === 0) silent += 1
  }
  return { tried, silent }
}
