/** Random work for a warehouse, the same for the same seed, in waves of many callers. */

import type { Caller } from '../../src/base/caller.ts'
import type { WriteInput } from '../../src/engine/data/data.ts'
import type { FilterShape, SortShape, WriteShape } from '../../src/sql/plan.ts'
import { hiddenCategory, idOf, openCategory, people, person } from '../contract/data/warehouse.ts'

export type Operation =
  | {
      readonly kind: 'read'
      readonly resource: string
      readonly caller: Caller
      readonly id: string
    }
  | {
      readonly kind: 'list'
      readonly caller: Caller
      readonly filters: readonly FilterShape[]
      readonly sort: readonly SortShape[]
      readonly values: readonly unknown[]
    }
  | {
      readonly kind: 'write'
      readonly caller: Caller
      readonly shape: WriteShape
      readonly input: WriteInput
    }

/**
 * Operations of one wave do not depend on each other's order, so that both runs have one right
 * result.
 */
type Wave = readonly Operation[]

/** Mulberry32: small, and good enough to choose. */
function createChooser(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (bound: number) => Math.floor(next() * bound),
    chance: (probability: number) => next() < probability,
    pick: <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)]!,
  }
}

type Chooser = ReturnType<typeof createChooser>

const callers: readonly Caller[] = [
  ...people.map(id => person(id)),
  ...people.slice(0, 2).map(id => person(id, ['staff'])),
]

const createFields = ['code', 'holder', 'category', 'stock', 'price', 'shared', 'note'] as const
const updateForms: readonly (readonly string[])[] = [
  ['stock'],
  ['stock', 'note'],
  ['code'],
  ['category', 'shared'],
]

/** Items that are there from the start and never change: their codes are taken for good. */
export const anchors: readonly string[] = Array.from(
  { length: 5 },
  (_, number) => `anchor ${number}`,
)

/** The number of an item that no operation creates. */
const neverMade = 1_000_000

/** Makes a whole run. Ids of rows that were never made, or are gone, occur on purpose. */
export class Script {
  readonly #choose: Chooser
  #made = 0
  #sent = 0
  /** Rows that an operation of the wave names: no other operation of it may. */
  #named = new Set<number>()
  /** What was sent under a key in earlier waves. */
  readonly #keys: { readonly key: string; readonly caller: Caller; readonly form: string }[] = []

  constructor(seed: number) {
    this.#choose = createChooser(seed)
  }

  *waves(count: number, size: number): Generator<Wave> {
    for (let wave = 0; wave < count; wave++) {
      this.#named = new Set()
      const reading = this.#choose.chance(0.3)
      const operations = Array.from({ length: size }, () =>
        reading ? this.#look() : this.#touch(),
      )
      yield operations.flat()
    }
  }

  /** For waves that change nothing. */
  #look(): Operation[] {
    const caller = this.#choose.pick(callers)
    if (this.#choose.chance(0.3)) return [this.#list(caller)]
    if (this.#choose.chance(0.2))
      return [{ kind: 'read', resource: 'categories', caller, id: this.#category() }]
    return [
      { kind: 'read', resource: 'items', caller, id: idOf(3, this.#choose.below(this.#made + 3)) },
    ]
  }

  #list(caller: Caller): Operation {
    const limit = 1 + this.#choose.below(20)
    const holder = this.#choose.pick(people)
    const atLeast = this.#choose.below(100)
    const ofHolder: FilterShape = { field: 'holder', operator: 'eq' }
    const inStock: FilterShape = { field: 'stock', operator: 'gte' }
    const byStock: SortShape = { field: 'stock', descending: true }
    return this.#choose.pick<Operation>([
      { kind: 'list', caller, filters: [], sort: [], values: [limit] },
      { kind: 'list', caller, filters: [ofHolder], sort: [byStock], values: [holder, limit] },
      {
        kind: 'list',
        caller,
        filters: [ofHolder, inStock],
        sort: [byStock],
        values: [holder, atLeast, limit],
      },
      { kind: 'list', caller, filters: [inStock], sort: [], values: [atLeast, limit] },
    ])
  }

  /** For waves that change rows. */
  #touch(): Operation[] {
    const caller = this.#choose.pick(callers)
    const creates = this.#choose.chance(0.45)
    const number = creates ? this.#new() : this.#unnamed()
    if (number === null) return []
    if (!creates && this.#choose.chance(0.2))
      return [{ kind: 'read', resource: 'items', caller, id: idOf(3, number) }]
    return this.#write(caller, creates ? this.#createShape() : this.#changeShape(), number)
  }

  #write(asking: Caller, shape: WriteShape, number: number): Operation[] {
    const choose = this.#choose
    const known = this.#keys.filter(({ form }) => shape.keyed && form === shape.form)
    const used = known.length > 0 && choose.chance(0.2) ? choose.pick(known) : null
    const caller = used?.caller ?? asking
    const key = used?.key ?? `key ${this.#sent}`
    const operation: Operation = {
      kind: 'write',
      caller,
      shape,
      input: {
        id: idOf(3, number),
        values: shape.fields.map(field => this.#value(field, number)),
        version: shape.versioned ? 1 + choose.below(3) : null,
        key: shape.keyed
          ? { key, hash: used === null ? 'hash' : choose.pick(['hash', 'another']) }
          : null,
        trace: `trace ${this.#sent++}`,
      },
    }
    if (shape.keyed && used === null) this.#keys.push({ key, caller, form: shape.form })
    // the same again: a duplicate of its key, or a change that finds itself made
    const repeatable = shape.keyed ? used === null : shape.form === 'update' && !shape.versioned
    return repeatable && choose.chance(0.3) ? [operation, operation] : [operation]
  }

  #createShape(): WriteShape {
    const keyed = this.#choose.chance(0.4)
    return {
      resource: 'items',
      form: 'create',
      fields: createFields,
      merge: [],
      versioned: false,
      keyed,
    }
  }

  #changeShape(): WriteShape {
    const form = this.#choose.chance(0.85) ? 'update' : 'delete'
    const fields = form === 'delete' ? [] : this.#choose.pick(updateForms)
    const versioned = this.#choose.chance(0.3)
    return {
      resource: 'items',
      form,
      fields,
      merge: [],
      versioned,
      keyed: this.#choose.chance(0.3),
    }
  }

  #new(): number {
    this.#named.add(this.#made)
    return this.#made++
  }

  #unnamed(): number | null {
    const number = this.#choose.chance(0.97) ? this.#choose.below(this.#made) : neverMade
    if (this.#named.has(number)) return null
    this.#named.add(number)
    return number
  }

  #value(field: string, number: number): unknown {
    const choose = this.#choose
    const values: Readonly<Record<string, () => unknown>> = {
      code: () => (choose.chance(0.9) ? `code ${number}` : choose.pick(anchors)),
      holder: () => (choose.chance(0.95) ? choose.pick(people) : idOf(1, 99)),
      category: () => this.#category(),
      stock: () => (choose.chance(0.97) ? choose.below(100) : -1),
      price: () => `${choose.below(100)}.25`,
      shared: () => choose.chance(0.3),
      note: () =>
        choose.chance(0.98) ? choose.pick([null, 'a "note"', 'back\\slash', '']) : 'nul \0',
    }
    return values[field]!()
  }

  #category(): string {
    if (this.#choose.chance(0.9)) return openCategory
    return this.#choose.pick([hiddenCategory, idOf(2, 99)])
  }
}
