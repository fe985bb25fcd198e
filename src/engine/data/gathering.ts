/** Collects what waits for one plan and sends it in turns; the next one fills meanwhile. */

import { problem } from '../../base/errors.ts'
import { departed, retryAfterSeconds } from './refusals.ts'

/** Somebody who waits for a turn. */
export interface Guest {
  /** A guest whose signal is aborted leaves before its turn is sent. */
  readonly signal: AbortSignal | null
  readonly reject: (error: unknown) => void
}

interface GatheringRules<G extends Guest> {
  /** Guests of one turn. */
  readonly rowsMax: number
  /** Guests that wait; one more is refused with `admit.overloaded`. */
  readonly waitingMax: number
  /** Guests of one identity never share a turn; null: anybody may travel with anybody. */
  readonly identify: ((guest: G) => string) | null
  /**
   * Resolves when the turn's statement has been answered, to what settles every guest that is not
   * settled yet. Never rejects.
   */
  send(guests: G[]): Promise<() => void>
}

/**
 * A turn starts with `setImmediate`: what arrives in one turn of the event loop travels together,
 * and a lone guest waits only for the end of it. The turn in flight is the clock: the slower the
 * database, the larger the next turn.
 */
export class Gathering<G extends Guest> {
  readonly #rules: GatheringRules<G>
  #waiting: G[] = []
  /** Whether a turn is due or in flight. */
  #moving = false
  readonly #turn: () => void

  constructor(rules: GatheringRules<G>) {
    this.#rules = rules
    this.#turn = () => void this.#move()
  }

  add(guest: G): void {
    if (this.#waiting.length >= this.#rules.waitingMax) {
      guest.reject(problem('admit.overloaded', { retryAfterSeconds }))
      return
    }
    this.#waiting.push(guest)
    if (this.#moving) return
    this.#moving = true
    setImmediate(this.#turn)
  }

  async #move(): Promise<void> {
    const guests = this.#take()
    const settle = guests.length > 0 ? await this.#rules.send(guests) : null
    // the next turn first: PostgreSQL works on it while the guests of this one are served
    if (this.#waiting.length > 0) this.#turn()
    else this.#moving = false
    settle?.()
  }

  /** The guests of the next turn, first come first served. */
  #take(): G[] {
    const { rowsMax, identify } = this.#rules
    const taken: G[] = []
    const stay: G[] = []
    const seen = new Set<string>()
    for (const guest of this.#waiting) {
      if (guest.signal !== null && guest.signal.aborted) guest.reject(departed(guest.signal))
      else if (taken.length < rowsMax && isFirst(guest, identify, seen)) taken.push(guest)
      else stay.push(guest)
    }
    this.#waiting = stay
    return taken
  }
}

function isFirst<G>(guest: G, identify: ((guest: G) => string) | null, seen: Set<string>): boolean {
  if (identify === null) return true
  const before = seen.size
  return seen.add(identify(guest)).size > before
}
