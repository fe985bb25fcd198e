/** Rows with a number that one caller reads and changes: what transactions over several race on. */

import { apiPath } from '../../model/names.ts'
import type { FieldKind, Model, ResourceModel } from '../../model/model.ts'
import type { Reply, Request } from '../http.ts'
import type { Random } from '../random.ts'
import type { Service } from '../service.ts'
import { countersOf, plantNumber, raceOn, wireNumber } from './numbers.ts'

/** What a client needs to move numbers between the rows; plain data. */
export interface Bank {
  readonly resource: string
  readonly field: string
  readonly kind: FieldKind
  readonly headers: Readonly<Record<string, string>>
  /** In the order in which everybody takes them who wants no deadlock. */
  readonly ids: readonly string[]
  /** The least that a row may hold. */
  readonly least: number
}

/** As a row was answered. */
export interface Holding {
  readonly id: string
  readonly value: number
  readonly version: number
}

/** Why there can be none, for `needs`. */
export function lacksBank(model: Model): string | null {
  return countersOf(model).length > 0 ? null : 'no resource has a number that somebody may change'
}

/** Plants rows that hold `each` above the least. Rejects when no number can be changed. */
export async function openBank(
  service: Service,
  model: Model,
  random: Random,
  { rows, each }: { readonly rows: number; readonly each: number },
): Promise<{ readonly bank: Bank; readonly resource: ResourceModel }> {
  const { counter, caller } = await raceOn(service, model, random.shuffled(countersOf(model)))
  const { resource, field, from } = counter
  const ids: string[] = []
  for (let number = 0; number < rows; number++) {
    const id = await plantNumber(service, model, counter, caller, from + each)
    if (id !== null) ids.push(id)
  }
  const bank = {
    resource: resource.name,
    field: field.name,
    kind: field.kind,
    headers: await caller.headers(),
    ids: ids.toSorted(),
    least: from,
  }
  return { bank, resource }
}

/** All rows in one list, which is one statement. */
export function listOf({ resource, headers, ids }: Bank): Request {
  const query = ids.map(id => `id[in]=${id}`).join('&')
  return { path: `${apiPath}/${resource}?${query}&limit=${ids.length}`, headers }
}

/** A transaction of several operations. */
export function atomic({ headers }: Bank, operations: readonly unknown[]): Request {
  return { path: `${apiPath}/batch`, headers, body: { atomic: true, operations } }
}

/** An operation of a batch: the row gets the number, if it still has the version. */
export function setting(bank: Bank, id: string, value: number, ifMatch?: number): object {
  const { resource, field, kind } = bank
  const input = { [field]: wireNumber({ kind }, value) }
  const operation = { operation: `${resource}.update`, id, input }
  return ifMatch === undefined ? operation : { ...operation, ifMatch }
}

/** An operation of a batch: the row is read. */
export function reading({ resource }: Bank, id: string): object {
  return { operation: `${resource}.read`, id }
}

/** The same change in a request of its own. */
export function patching(bank: Bank, id: string, value: number): Request {
  const { resource, field, kind, headers } = bank
  const body = { [field]: wireNumber({ kind }, value) }
  return { path: `${apiPath}/${resource}/${id}`, method: 'PATCH', headers, body }
}

/** The rows of a list. */
export function holdingsIn(bank: Bank, { json }: Reply): readonly Holding[] {
  return itemsOf(json, 'data').flatMap(row => holdingOf(bank, row))
}

/** The row of each operation of a batch; null where it answered none. */
export function holdingsOfBatch(bank: Bank, { json }: Reply): readonly (Holding | null)[] {
  return itemsOf(json, 'results').map(result => holdingOf(bank, member(result, 'body'))[0] ?? null)
}

function holdingOf({ field }: Bank, row: unknown): readonly Holding[] {
  const [id, version] = [member(row, 'id'), member(row, 'version')]
  if (typeof id !== 'string' || typeof version !== 'number') return []
  return [{ id, version, value: Number(member(row, field)) }]
}

function itemsOf(json: unknown, name: string): readonly unknown[] {
  const items = member(json, name)
  return Array.isArray(items) ? items : []
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
