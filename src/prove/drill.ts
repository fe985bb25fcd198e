/** `drill()`: a promise, the attack on it, what the attack must show, and what would break it. */

import type { Model } from '../model/model.ts'
import type { AttackContext } from './attack.ts'
import type { ClientWork } from './load/client.ts'
import type { Reach } from './reach.ts'
import type { Timeline } from './timeline.ts'

/** What was measured, by name; names end in their unit. */
export type Figures = Readonly<Record<string, number | string | boolean>>

export interface Evidence<F extends Figures = Figures> {
  /** What was done, in words: `50 requests with one key at once`. */
  readonly attack: string
  /** Requests, cells or vectors that were really tried; 0 is an error, never a pass. */
  readonly size: number
  /** Requests under way when the fault or the race came; null where none comes. 0: an error. */
  readonly inFlight: number | null
  readonly figures: F
  /** What clients saw over the time of the fault. */
  readonly timeline?: Timeline
}

/** What `mettle prove --explain` tells of a drill; each a part of a sentence, without its point. */
export interface Explained {
  /** What the attack does, and what it counts. */
  readonly does: string
  /** When it passes. */
  readonly bar: string
  /** What a model must have, whatever it is called: `a number that somebody may change`. */
  readonly asks: string
  /** How long it takes, about, on two cores with `--time 20s`. */
  readonly seconds: number
}

interface Definition<F extends Figures> {
  /** In kebab-case; of Mettle's own drills also the file's name. */
  readonly id: string
  /** Drills of one subject, run together by its name. */
  readonly group: string
  /** What is promised: `api.idempotent`. */
  readonly promise: string
  /** One sentence that the attack could show to be false. */
  readonly claim: string
  readonly explained?: Explained
  /** Default: `inside`. */
  readonly reach?: Reach
  /** Null, or what the model lacks: `no resource has an owner`. */
  needs(model: Model): string | null
  /** What runs in the process of the load generator, by name; `context.load` takes them. */
  readonly clients?: Readonly<Record<string, ClientWork<never>>>
  attack(context: AttackContext): Promise<Evidence<F>>
  /** What is wrong with the figures, each in a sentence; nothing: the claim held. */
  judge(figures: F): readonly string[]
  /**
   * A backend with the fault that the drill is to find, relative to the file of the drill. Mettle's
   * own drills have a broken stage instead.
   */
  readonly control?: { readonly backend: string }
}

export interface Drill extends Definition<Figures> {
  readonly kind: 'drill'
  readonly reach: Reach
  readonly clients: Readonly<Record<string, ClientWork<never>>>
}

/** The default export of a drill's file. */
export function drill<F extends Figures>(definition: Definition<F>): Drill {
  const { id } = definition
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    throw new TypeError(`the id of a drill is in kebab-case, not ${JSON.stringify(id)}`)
  }
  return Object.freeze({
    reach: 'inside',
    clients: {},
    ...definition,
    kind: 'drill',
  } satisfies Drill)
}

export function isDrill(value: unknown): value is Drill {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'drill'
}
