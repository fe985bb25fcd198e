/** Rows of a backend that is not ours: made over its API, by accounts of ours that may. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller, Callers } from '../callers.ts'
import type { Sender } from '../http.ts'
import type { Random } from '../random.ts'
import { ifReached, OutOfReach } from '../reach.ts'
import { anyRow, isPlanted, merged, type Planted, type Wish, wishFor } from './policy.ts'
import { recipesFrom, type Rows } from './rows.ts'
import { createValues, inputOf, isNeeded, isWritable, type Values } from './values.ts'

interface AskedRowsOptions {
  readonly model: Model
  readonly random: Random
  readonly send: Sender['send']
  readonly callers: Callers
}

/** `plant` rejects with `OutOfReach` where nobody of ours may make such a row. */
export function createAskedRows(options: AskedRowsOptions): Rows {
  const { random } = options
  const asker = new Asker(options)
  /** What cannot be made is named by an id of nothing: rows of others are left alone. */
  const recipe = recipesFrom(random, needed => asker.references(needed))
  return {
    plant: (resource, wish = anyRow) => asker.plant(resource, wish),
    recipe,
    input: async (fields, given) => inputOf(await recipe(fields, given), 0),
    async stored(resource, id, field) {
      const row = await asker.seen(resource, id)
      return row === null ? null : textOf(Reflect.get(row, field))
    },
    exists: async (resource, id) => (await asker.seen(resource, id)) !== null,
  }
}

class Asker {
  readonly #options: AskedRowsOptions
  readonly #values: Values

  constructor(options: AskedRowsOptions) {
    this.#options = options
    this.#values = createValues(options.random.fork('asked rows'))
  }

  async plant(resource: ResourceModel, wish: Wish): Promise<Planted> {
    if (resource.identity) return this.#user(resource, wish.values['id'])
    for (const caller of await this.#options.callers.everyKind()) {
      const made = await this.#create(resource, wish, caller)
      if (made !== null) return made
    }
    throw new OutOfReach(`nobody who signs up may make such a row of ${resource.name}`)
  }

  async #user(resource: ResourceModel, named: unknown): Promise<Planted> {
    const id = typeof named === 'string' ? named : (await this.#options.callers.member()).id!
    return { resource, id, values: { id }, parents: {} }
  }

  /** Null where the caller may not, or where what he makes is not as the wish wants it. */
  async #create(resource: ResourceModel, wish: Wish, caller: Caller): Promise<Planted | null> {
    const { model, send } = this.#options
    const whole = merged(wish, wishFor(model, resource, resource.access.create, caller))
    if (whole === null) return null
    const fields = resource.fields.filter(isWritable)
    const parents = await this.#parents(fields, whole)
    if (parents === null) return null
    const wished = fields.flatMap(({ name }) => {
      const value = parents[name]?.id ?? whole.values[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const body = { ...this.#values.input(fields), ...Object.fromEntries(wished) }
    const path = `${apiPath}/${resource.name}`
    const { status, json } = await send({ path, body, headers: await caller.headers() })
    if (status !== 201) return null
    const row: Readonly<Record<string, unknown>> = Object(json)
    const isAsWished = Object.entries(whole.values).every(
      ([name, value]) => row[name] === undefined || textOf(row[name]) === textOf(value),
    )
    return isAsWished ? { resource, id: String(row['id']), values: row, parents } : null
  }

  /** The rows that a row must name; null where one of them cannot be made. */
  async #parents(
    fields: readonly FieldModel[],
    wish: Wish,
  ): Promise<Record<string, Planted> | null> {
    const parents: Record<string, Planted> = {}
    for (const field of fields) {
      const wished = wish.parents[field.name]
      if (field.kind !== 'ref' || (wished === undefined && !isNeeded(field))) continue
      const made = await this.#target(field, wished, wish.values[field.name])
      if (made === null) return null
      parents[field.name] = made
    }
    return parents
  }

  async #target(
    { target }: FieldModel,
    wished: Wish | Planted = anyRow,
    named: unknown,
  ): Promise<Planted | null> {
    if (isPlanted(wished)) return wished
    const resource = this.#options.model.resources.get(target!)!
    if (resource.identity) return this.#user(resource, named)
    return ifReached(this.plant(resource, wished))
  }

  /** Ids of rows by the resources that the fields refer to, as far as they can be made. */
  async references(fields: readonly FieldModel[]): Promise<Record<string, string>> {
    const references: Record<string, string> = {}
    for (const field of fields) {
      const made = field.kind === 'ref' ? await this.#target(field, anyRow, undefined) : null
      if (made !== null) references[made.resource.name] = made.id
    }
    return references
  }

  /** As anybody of ours sees it; null where nobody does. */
  async seen({ name }: ResourceModel, id: string): Promise<object | null> {
    const { callers, send } = this.#options
    for (const caller of await callers.everyKind()) {
      const path = `${apiPath}/${name}/${id}`
      const { status, json } = await send({ path, headers: await caller.headers() })
      if (status === 200) return Object(json)
    }
    return null
  }
}

/** As the database would write it; null where there is nothing. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}
