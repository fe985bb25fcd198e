/** A control: the node as it is, but for one stage that is broken as the drill must notice. */

import { asBuilt, type Wiring } from '../../run/wiring.ts'

export interface Broken {
  readonly kind: 'broken'
  /** What is wrong with it, in a sentence. */
  readonly says: string
  readonly wiring: Wiring
}

/** The default export of `stages/<drill>.ts`. */
export function broken(says: string, seams: Partial<Wiring>): Broken {
  return Object.freeze({ kind: 'broken', says, wiring: Object.freeze({ ...asBuilt, ...seams }) })
}

export function isBroken(value: unknown): value is Broken {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'broken'
}
