/** Buckets of several machines whose keeper may be away: then each machine counts alone. */

import type { LongLived } from '../../base/lifecycle.ts'
import { limits } from '../../base/limits.ts'
import type { Observe } from '../../base/observe.ts'
import type { GroupOutcome, SharedBuckets, TakeBatch } from '../../ports/buckets.ts'
import type { BucketStore } from './bucket.ts'
import { gatherTakes } from './gathering.ts'

interface FailOverOptions {
  /** The keeper for all machines. */
  readonly keeper: SharedBuckets & Partial<LongLived>
  /** The buckets of this machine: full when the keeper goes. */
  readonly nearby: BucketStore
  readonly observe: Observe
  /** What a batch may take before the keeper counts as away. */
  readonly timeoutMs: number
  readonly probeMs?: number
}

export interface FailOver extends BucketStore, LongLived {
  /** Whether the keeper decides now. */
  readonly together: boolean
}

/**
 * Never open and never down: while the keeper is away a caller gets at most the quota of every
 * machine that he reaches. The keeper is tried again each `probeMs`, and decides again as soon as
 * it takes. A batch that it did not answer is decided nearby; should it have counted it all the
 * same, that costs the caller, never the limit.
 */
export function createFailOver(options: FailOverOptions): FailOver {
  const { keeper, nearby, observe, timeoutMs, probeMs = limits.rateProbeMs } = options
  const stopping = new AbortController()
  let together = false
  let timer: NodeJS.Timeout | null = null

  function become(next: boolean, detail: string): void {
    if (together === next || stopping.signal.aborted) return
    together = next
    tell(detail)
  }

  function tell(detail: string): void {
    const event = together ? 'together' : 'alone'
    observe({ kind: 'lifecycle', part: 'limits', event, detail })
  }

  async function ask(batch: TakeBatch): Promise<readonly GroupOutcome[]> {
    try {
      return await within(timeoutMs, keeper.take(batch))
    } catch (error) {
      become(false, reasonOf(error))
      throw error
    }
  }
  const distant = gatherTakes({ take: ask })

  /** Also while all is well: a keeper that nobody asks may go unseen, and readiness tells of it. */
  async function probe(): Promise<void> {
    try {
      await within(timeoutMs, keeper.take(probeBatch))
      become(true, 'the keeper of the buckets answers')
    } catch (error) {
      become(false, reasonOf(error))
    }
    if (stopping.signal.aborted) return
    timer = setTimeout(() => void probe(), probeMs).unref()
  }

  return {
    get together() {
      return together
    },
    take(policies, subjects) {
      const alone = () => {
        observe({ kind: 'limit-alone' })
        return nearby.take(policies, subjects)
      }
      return together ? distant.take(policies, subjects).catch(alone) : alone()
    },
    async start() {
      await keeper.start?.()
      await probe()
      if (!together) tell('the keeper of the buckets cannot be reached')
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearTimeout(timer)
      await keeper.stop?.()
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Takes as requests do: a keeper that only answers, but cannot write, is no keeper. */
const probeBatch: TakeBatch = Object.freeze({
  buckets: [{ key: 'probe', quota: 1_000_000, windowSeconds: 1 }],
  groups: [{ buckets: [0], requests: 1 }],
})

function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<T>()
  const fail = () => late.reject(new Error(`no answer in ${timeoutMs} ms`))
  // what this process was too busy to read stands in the socket: it is read before the immediate
  const timer = setTimeout(() => setImmediate(fail), timeoutMs)
  work.then(late.resolve, late.reject).finally(() => clearTimeout(timer))
  return late.promise
}
