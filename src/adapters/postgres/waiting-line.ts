/** A bounded first-in-first-out line of callers who wait for a connection. */

import { DatabaseError } from '../../ports/database.ts'

interface Waiter<Thing> {
  readonly take: (thing: Thing) => void
  readonly fail: (error: unknown) => void
  /** Ends the watch on the caller's signal. */
  readonly unwatch: () => void
}

export class WaitingLine<Thing> {
  readonly #lengthMax: number
  readonly #waiters = new Set<Waiter<Thing>>()

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax
  }

  get length(): number {
    return this.#waiters.size
  }

  /**
   * Calls `take` or `fail` once; `fail` at once when the line is full or the signal already ended.
   */
  join(
    take: (thing: Thing) => void,
    fail: (error: unknown) => void,
    signal: AbortSignal | undefined,
  ): void {
    if (signal?.aborted === true) return fail(gaveUp())
    if (this.#waiters.size >= this.#lengthMax) {
      return fail(new DatabaseError('full', `${this.#lengthMax} callers already wait`))
    }
    const leave = () => {
      this.#waiters.delete(waiter)
      fail(gaveUp())
    }
    const unwatch = () => signal?.removeEventListener('abort', leave)
    const waiter: Waiter<Thing> = { take, fail, unwatch }
    signal?.addEventListener('abort', leave, { once: true })
    this.#waiters.add(waiter)
  }

  /** Gives the thing to the first who still waits; false when nobody does. */
  serve(thing: Thing): boolean {
    const waiter = this.#next()
    waiter?.take(thing)
    return waiter !== undefined
  }

  failAll(error: unknown): void {
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) waiter.fail(error)
  }

  #next(): Waiter<Thing> | undefined {
    const [first] = this.#waiters
    if (first !== undefined) {
      this.#waiters.delete(first)
      first.unwatch()
    }
    return first
  }
}

function gaveUp(): DatabaseError {
  return new DatabaseError('full', 'the caller gave up before a connection was free')
}
