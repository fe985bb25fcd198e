/** Time and chance, handed in so that tests decide them. */

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number
}

export type RandomBytes = (count: number) => Uint8Array
