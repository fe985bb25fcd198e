/** Numbers that somebody may change over the API: what updates race on. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Reply } from '../http.ts'
import type { Service } from '../service.ts'
import { partsOf, told } from './deeds.ts'
import { type Actor, merged, type Wish, wishFor } from './policy.ts'

/** A field that holds a number and may be counted up in a row that its caller reads and changes. */
interface Counter {
  readonly resource: ResourceModel
  readonly field: FieldModel
  /** `member` or a role. */
  readonly part: string
  readonly from: number
}

/** A row with such a number, changed once already. */
export interface Raced {
  readonly counter: Counter
  readonly caller: Caller
  readonly id: string
  readonly path: string
  /** What the number is now. */
  readonly value: number
}

const roomMin = 100_000

export function countersOf(model: Model): readonly Counter[] {
  return [...model.resources.values()]
    .filter(({ identity }) => !identity)
    .flatMap(resource =>
      partsOf(model).flatMap(([part, actor]) =>
        rowWish(model, resource, actor) === null
          ? []
          : resource.fields
              .filter(field => isCountable(model, resource, field, actor))
              .map(field => ({ resource, field, part, from: startOf(field) })),
      ),
    )
}

/** Tries the counters until one lets itself be changed. Rejects with what each was answered. */
export async function raceOn(
  service: Service,
  model: Model,
  counters: readonly Counter[],
): Promise<Raced> {
  const refusals: string[] = []
  for (const counter of counters) {
    const { resource, field, part, from } = counter
    const caller = await service.callers.as(part)
    const id = await plantNumber(service, model, counter, caller, from)
    if (id === null) continue
    const path = `${apiPath}/${resource.name}/${id}`
    const reply = await change(service, path, caller, field, from + 1)
    if (reply.outcome === 'ok') return { counter, caller, id, path, value: from + 1 }
    refusals.push(`${resource.name}.${field.name} was answered ${told(reply)}`)
  }
  throw new Error(`no number could be changed: ${refusals.join('; ')}`)
}

/** One more row that the caller reads and changes; null where none can be. */
export async function plantNumber(
  service: Service,
  model: Model,
  { resource, field }: Counter,
  caller: Actor,
  value: number,
): Promise<string | null> {
  const wish = merged(rowWish(model, resource, caller), {
    values: { [field.name]: wireNumber(field, value) },
    parents: {},
  })
  return wish === null ? null : (await service.rows.plant(resource, wish)).id
}

async function change(
  service: Service,
  path: string,
  caller: Caller,
  field: FieldModel,
  value: number,
): Promise<Reply> {
  const body = { [field.name]: wireNumber(field, value) }
  return service.send({ path, method: 'PATCH', body, headers: await caller.headers() })
}

/** As the field goes over the wire. */
export function wireNumber({ kind }: Pick<FieldModel, 'kind'>, value: number): number | string {
  return kind === 'integer' ? value : String(value)
}

/** A row that the caller reads and changes. */
function rowWish(model: Model, resource: ResourceModel, actor: Actor): Wish | null {
  const { read, update } = resource.access
  return merged(wishFor(model, resource, read, actor), wishFor(model, resource, update, actor))
}

function isCountable(
  model: Model,
  resource: ResourceModel,
  field: FieldModel,
  actor: Actor,
): boolean {
  const { kind, system, readOnly, unique, access, bounds } = field
  const isNumber = kind === 'integer' || kind === 'bigint' || kind === 'decimal'
  if (!isNumber || system || readOnly || unique) return false
  const most = bounds.max === null ? Infinity : Number(bounds.max)
  const digits = bounds.precision === null ? Infinity : bounds.precision - (bounds.scale ?? 0)
  if (Math.min(most, 10 ** digits - 1) - startOf(field) < roomMin) return false
  return [access.read, access.write].every(
    rule => rule === null || wishFor(model, resource, rule, actor) !== null,
  )
}

function startOf({ bounds }: FieldModel): number {
  return Math.max(0, Math.ceil(Number(bounds.min ?? 0)))
}
