/** What has to be done now and then: old rows of the engine's own tables are deleted. */

import { limits } from '../../base/limits.ts'
import type { LongLived } from '../../base/lifecycle.ts'
import type { Observe } from '../../base/observe.ts'

export interface Chore {
  /** `idempotency`: says in faults what failed. */
  readonly name: string
  /** Gives up between its steps when the signal says so. */
  run(signal: AbortSignal): Promise<void>
}

interface UpkeepOptions {
  readonly chores: readonly Chore[]
  readonly observe: Observe
  readonly everyMs?: number
}

/**
 * Does every chore once in `everyMs`, the first time after `everyMs`. One that fails is told and
 * tried again the next time. A chore may run on several machines at once.
 */
export function createUpkeep({ chores, observe, ...options }: UpkeepOptions): LongLived {
  const { everyMs = limits.upkeepEveryMs } = options
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let round: Promise<void> = Promise.resolve()

  async function goRound(): Promise<void> {
    for (const chore of chores) {
      if (stopping.signal.aborted) return
      try {
        await chore.run(stopping.signal)
      } catch (error) {
        observe({ kind: 'fault', requestId: null, where: `upkeep.${chore.name}`, error })
      }
    }
    schedule()
  }

  function schedule(): void {
    if (stopping.signal.aborted || timer !== null || chores.length === 0) return
    timer = setTimeout(() => {
      timer = null
      round = goRound()
    }, everyMs).unref()
  }

  return {
    async start() {
      schedule()
    },
    async stop() {
      stopping.abort()
      if (timer !== null) clearTimeout(timer)
      await round
    },
  }
}
