/** Rows planted in the database itself, with everything they refer to, whatever the rules say. */

import { quoteName } from '../../base/quote.ts'
import { codec } from '../../model/kinds/index.ts'
import type { FieldKind, FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Callers } from '../callers.ts'
import type { Random } from '../random.ts'
import { ifReached } from '../reach.ts'
import type { Records } from '../records.ts'
import { anyRow, isPlanted, type Planted, type Wish } from './policy.ts'
import { createValues, inputOf, isNeeded, type Recipe, type Values } from './values.ts'

export interface Rows {
  /** Generous in its numbers, unless the wish says otherwise. */
  plant(resource: ResourceModel, wish?: Wish): Promise<Planted>
  /**
   * What an operation takes: modest, with references to rows that were planted for it. `given` goes
   * before what would be made.
   */
  input(
    fields: readonly FieldModel[],
    given?: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, unknown>>
  /** How to make many of them, which share the rows that they refer to. */
  recipe(fields: readonly FieldModel[], given?: Readonly<Record<string, unknown>>): Promise<Recipe>
  /** The stored value as text; null where the row or the value is not there. */
  stored(resource: ResourceModel, id: string, field: string): Promise<string | null>
  exists(resource: ResourceModel, id: string): Promise<boolean>
}

interface RowsOptions {
  readonly model: Model
  readonly random: Random
  readonly records: Records
  readonly callers: Callers
}

const nowhere = '00000000-0000-4000-8000-000000000000'

/** Of a row that may be changed; of none where the backend is not ours and nobody may make one. */
export async function idOf(rows: Rows, resource: ResourceModel, wish: Wish): Promise<string> {
  const row = await ifReached(rows.plant(resource, wish))
  return row?.id ?? nowhere
}

/** `referencesOf` gives ids of rows that the fields may name, by resource. */
export function recipesFrom(
  random: Random,
  referencesOf: (needed: readonly FieldModel[]) => Promise<Recipe['references']>,
): Rows['recipe'] {
  return async (fields, given = {}) => {
    const needed = fields.filter(field => isNeeded(field) && given[field.name] === undefined)
    const references = await referencesOf(needed)
    const seed = random.whole(0, 2 ** 31)
    return { fields: needed, references, given, sinceMs: Date.now(), seed }
  }
}

export function createRows(options: RowsOptions): Rows {
  const { model, random, records } = options
  const values = createValues(random.fork('rows'))
  const planter = new Planter(options, values)

  /** Plants one row for each resource that the fields refer to. */
  const recipe = recipesFrom(random, async needed => {
    const references: Record<string, string> = {}
    for (const target of targetsOf(needed)) {
      references[target] = (await planter.plant(model.resources.get(target)!, anyRow)).id
    }
    return references
  })

  return {
    plant: (resource, wish = anyRow) => planter.plant(resource, wish),
    recipe,
    input: async (fields, given) => inputOf(await recipe(fields, given), 0),
    async stored(resource, id, name) {
      const column = quoteName(resource.field.get(name)!.column)
      const text = `select ${column}::text from ${quoteName(resource.table)} where "id" = $1::uuid`
      const [row] = await records.query(text, [id])
      return typeof row?.[0] === 'string' ? row[0] : null
    },
    async exists(resource, id) {
      const text = `select 1 from ${quoteName(resource.table)} where "id" = $1::uuid`
      return (await records.query(text, [id])).length > 0
    },
  }
}

class Planter {
  readonly #options: RowsOptions
  readonly #values: Values
  /** By what is unique in them. */
  readonly #only = new Map<string, Promise<Planted>>()

  constructor(options: RowsOptions, values: Values) {
    this.#options = options
    this.#values = values
  }

  /** A row that nobody else may be like is planted once, as long as it is there. */
  async plant(resource: ResourceModel, wish: Wish): Promise<Planted> {
    const key = onlyOne(resource, wish)
    if (key === null) return this.#make(resource, wish)
    // One after the other: two who find it gone would both make it.
    const before = this.#only.get(key)?.catch(() => null) ?? Promise.resolve(null)
    const row = before.then(async known =>
      known !== null && (await this.#isThere(known))
        ? this.#change(known, wish.values)
        : this.#make(resource, wish),
    )
    this.#only.set(key, row)
    return row
  }

  /** So that it is as the newest wish wants it. */
  async #change(row: Planted, values: Planted['values']): Promise<Planted> {
    const { resource, id } = row
    const fields = Object.keys(values)
      .filter(name => row.values[name] !== values[name])
      .map(name => resource.field.get(name)!)
    if (fields.length === 0) return row
    const sets = fields.map(({ column }, at) => `${quoteName(column)} = $${at + 2}`).join(', ')
    const encoded = fields.map(field => codec.encode(field, values[field.name]))
    const text = `update ${quoteName(resource.table)} set ${sets} where "id" = $1`
    await this.#options.records.query(text, [id, ...encoded])
    return { ...row, values: { ...row.values, ...values } }
  }

  async #isThere({ resource, id }: Planted): Promise<boolean> {
    const text = `select 1 from ${quoteName(resource.table)} where "id" = $1::uuid`
    return (await this.#options.records.query(text, [id])).length > 0
  }

  async #make(resource: ResourceModel, wish: Wish): Promise<Planted> {
    if (resource.identity) return this.#user(resource, wish.values['id'])
    const own = resource.fields.filter(field => !field.system)
    const parents: Record<string, Planted> = {}
    for (const field of own) {
      if (refersTo(field, wish)) parents[field.name] = await this.#target(field, wish)
    }
    const row: Record<string, unknown> = {}
    for (const field of own) {
      const value = parents[field.name]?.id ?? this.#value(field, wish)
      if (value !== undefined) row[field.name] = value
    }
    const id = this.#options.random.uuid()
    await this.#insert(resource, id, row)
    return { resource, id, values: { ...defaultsOf(resource), ...row }, parents }
  }

  /** A real account, for only those can sign in. */
  async #user(resource: ResourceModel, named: unknown): Promise<Planted> {
    const id = typeof named === 'string' ? named : (await this.#options.callers.member()).id!
    return { resource, id, values: { id }, parents: {} }
  }

  /** A user that the wish names by id, or a row that is as the wish wants it. */
  async #target(field: FieldModel, wish: Wish): Promise<Planted> {
    const target = this.#options.model.resources.get(field.target!)!
    const named = wish.values[field.name]
    const parent = wish.parents[field.name] ?? anyRow
    if (isPlanted(parent)) return parent
    if (target.identity) return this.#user(target, named)
    if (typeof named === 'string') throw new Error('a wish names rows by what they are like')
    return this.plant(target, parent)
  }

  /** Numbers are generous also where their default is none: inputs take from them. */
  #value(field: FieldModel, wish: Wish): unknown {
    const wished = wish.values[field.name]
    if (wished !== undefined) return wished
    const isMade = mustHave(field) || numbers.has(field.kind)
    return isMade ? this.#values.value(field, { size: 'generous' }) : undefined
  }

  async #insert(
    resource: ResourceModel,
    id: string,
    row: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const fields = Object.keys(row).map(name => resource.field.get(name)!)
    const columns = ['id', ...fields.map(({ column }) => column)].map(quoteName).join(', ')
    const places = ['$1', ...fields.map((_, at) => `$${at + 2}`)].join(', ')
    const encoded = fields.map(field => codec.encode(field, row[field.name]))
    const text = `insert into ${quoteName(resource.table)} (${columns}) values (${places})`
    await this.#options.records.query(text, [id, ...encoded])
  }
}

/** A wish for a value that only one row may have, as a key; null: there may be many such rows. */
function onlyOne(resource: ResourceModel, { values }: Wish): string | null {
  const field = resource.fields.find(
    ({ name, unique }) => unique && typeof values[name] === 'string',
  )
  return field === undefined ? null : `${resource.name} ${field.name} ${String(values[field.name])}`
}

const numbers: ReadonlySet<FieldKind> = new Set(['integer', 'bigint', 'decimal'])

/** Whether the row names another one. */
function refersTo(field: FieldModel, wish: Wish): boolean {
  const wished = wish.values[field.name]
  if (field.kind !== 'ref' || wished === null) return false
  return mustHave(field) || wished !== undefined || wish.parents[field.name] !== undefined
}

/** Whether PostgreSQL refuses a row without the field: the caller is no default of a table. */
function mustHave(field: FieldModel): boolean {
  return !field.optional && (field.default === null || field.default.kind === 'caller')
}

/** What the table gives to a field that is left out, as far as it is a plain value. */
function defaultsOf(resource: ResourceModel): Readonly<Record<string, unknown>> {
  const plain = resource.fields.flatMap(({ name, default: absent }) =>
    absent?.kind === 'value' ? [[name, absent.value] as const] : [],
  )
  return Object.fromEntries(plain)
}

function targetsOf(fields: readonly FieldModel[]): ReadonlySet<string> {
  const targets = new Set<string>()
  for (const { kind, target, members } of fields) {
    if (kind === 'ref' && target !== null) targets.add(target)
    for (const inner of targetsOf((members ?? []).filter(isNeeded))) targets.add(inner)
  }
  return targets
}
