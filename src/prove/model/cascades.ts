/** Rows that go or change because another one goes, and whether the log tells of them as well. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Service } from '../service.ts'
import { whoMayDelete } from './deletions.ts'
import { partsOf } from './deeds.ts'
import { anyRow, merged, type Planted, wishFor } from './policy.ts'

/** Accounts that nobody else knows, for they are deleted: one for each reference to accounts. */
const firstVictim = 61

interface Cascade {
  readonly parent: ResourceModel
  readonly child: ResourceModel
  readonly field: FieldModel
}

function cascadesOf(model: Model): readonly Cascade[] {
  const resources = [...model.resources.values()].filter(({ identity }) => !identity)
  return resources.flatMap(child =>
    child.fields.flatMap(field => {
      const parent = field.kind === 'ref' ? model.resources.get(field.target!) : undefined
      return parent === undefined || field.onDelete === 'restrict' ? [] : [{ parent, child, field }]
    }),
  )
}

/** Deletes a row that another one refers to, for each such reference, over the API. */
export async function silentCascades(
  service: Service,
  model: Model,
): Promise<{ readonly tried: number; readonly silent: number }> {
  let [tried, silent] = [0, 0]
  for (const [at, { parent, child, field }] of cascadesOf(model).entries()) {
    const found = parent.identity
      ? await accountToDelete(service, model, parent, firstVictim + at)
      : await rowToDelete(service, model, parent)
    if (found === null) continue
    const { row, deleter } = found
    const below = await service.rows.plant(child, {
      values: parent.identity ? { [field.name]: row.id } : {},
      parents: { [field.name]: parent.identity ? anyRow : row },
    })
    const path = `${apiPath}/${parent.name}/${row.id}`
    const headers = await deleter.headers()
    const { outcome } = await service.send({ path, method: 'DELETE', headers })
    // A hook or another reference may forbid it.
    if (outcome !== 'ok') continue
    tried += 1
    const type = `${child.name}.${field.onDelete === 'clear' ? 'updated' : 'deleted'}`
    const text =
      'select count(*)::int4 from "mettle"."events" where "key" = $1::uuid and "type" = $2'
    if ((await service.records.count(text, [below.id, type])) === 0) silent += 1
  }
  return { tried, silent }
}

/** A row, and who may delete it; null where nobody may. */
interface Doomed {
  readonly row: Planted
  readonly deleter: Caller
}

async function rowToDelete(
  { callers, rows }: Service,
  model: Model,
  resource: ResourceModel,
): Promise<Doomed | null> {
  const { read, delete: gone } = resource.access
  const wishOf = (actor: Parameters<typeof wishFor>[3]) =>
    merged(wishFor(model, resource, read, actor), wishFor(model, resource, gone, actor))
  const part = partsOf(model).find(([, actor]) => wishOf(actor) !== null)?.[0]
  if (part === undefined) return null
  const deleter = await callers.as(part)
  const wish = wishOf(deleter)
  return wish === null ? null : { row: await rows.plant(resource, wish), deleter }
}

async function accountToDelete(
  { callers }: Service,
  model: Model,
  resource: ResourceModel,
  number: number,
): Promise<Doomed | null> {
  const victim = await callers.member(number)
  const row = { resource, id: victim.id!, values: { id: victim.id }, parents: {} }
  const deleter = await whoMayDelete(callers, model, victim, row)
  return deleter === null ? null : { row, deleter }
}
