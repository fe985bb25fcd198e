/** What became of every request of a load: done, definitely not done, or nobody knows. */

/**
 * `ok`: acknowledged. `failed`: definitely not done. `unknown`: sent, and no answer says which.
 */
export type Outcome = 'ok' | 'failed' | 'unknown'

export interface Entry {
  readonly client: number
  /** What the drill calls it; by this it is found again. */
  readonly about: string
  /** The X-Request-Id that it went with: the trace of its events. */
  readonly trace: string
  /** Milliseconds since the epoch, by the clock of the machine. */
  readonly sentMs: number
  readonly endedMs: number
  readonly outcome: Outcome
  /** Null without an answer. */
  readonly status: number | null
  /** Of the problem. */
  readonly code: string | null
  /** Of the row that was answered. */
  readonly id: string | null
  /** Whether the answer says when to come again. */
  readonly retryAfter: boolean
}

export class Ledger {
  readonly #entries: Entry[] = []

  add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry)
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  with(outcome: Outcome): readonly Entry[] {
    return this.#entries.filter(entry => entry.outcome === outcome)
  }

  /** Requests that were under way at the moment, or at some moment until `untilMs`. */
  inFlightAt(atMs: number, untilMs = atMs): number {
    return this.#entries.filter(({ sentMs, endedMs }) => sentMs < untilMs && endedMs > atMs).length
  }

  /** From the moment to the first request that was sent after it and done; null: none was. */
  recoveryMs(atMs: number): number | null {
    const firstMs = this.#entries
      .filter(({ outcome, sentMs }) => outcome === 'ok' && sentMs > atMs)
      .reduce((least, { endedMs }) => Math.min(least, endedMs), Infinity)
    return firstMs === Infinity ? null : Math.round(firstMs - atMs)
  }

  /** How many had each status; `none` without an answer. */
  statuses(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { status } of this.#entries) {
      const key = String(status ?? 'none')
      counts[key] = (counts[key] ?? 0) + 1
    }
    return counts
  }
}

/**
 * What an answer says about its request. A 500 may stand at the end of anything, and so may a
 * connection that broke; only a connection that never was is certain.
 */
export function outcomeOf(status: number | null, code: string | null): Outcome {
  if (status === null) return neverSent.has(code ?? '') ? 'failed' : 'unknown'
  if (status < 400) return 'ok'
  if (code === 'run.outcome-unknown') return 'unknown'
  return status < 500 || status === 503 ? 'failed' : 'unknown'
}

const neverSent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH'])
