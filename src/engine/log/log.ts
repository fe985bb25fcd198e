/**
 * The log service: keeps the horizon moving and the partitions ahead, and wakes those who wait for
 * events.
 */

import { limits } from '../../base/limits.ts'
import type { LongLived } from '../../base/lifecycle.ts'
import type { Database } from '../../ports/database.ts'
import { readEvents } from './event.ts'
import type { LogEvent } from './event.ts'
import { createHorizon } from './horizon.ts'
import type { HorizonOptions } from './horizon.ts'
import { addEventPartitions, partitionsNeeded, positionReached } from './partitions.ts'
import { createWaiting } from './waiting.ts'

export interface Log extends LongLived {
  /** Tells that this node committed a change: the horizon is sampled soon. Cheap; never throws. */
  wake(): void
  /** Every event up to here is committed or will never be; 0 before the first sample. */
  settled(): bigint
  /** Settled events after the cursor `after` in order of position, at most `limit`. */
  read(after: bigint, limit: number): Promise<readonly LogEvent[]>
  /**
   * Resolves to the horizon once it is beyond `position`; rejects with the signal's reason, or when
   * the log stops.
   */
  beyond(position: bigint, signal?: AbortSignal): Promise<bigint>
}

interface LogOptions extends HorizonOptions {
  readonly database: Pick<Database, 'run' | 'transaction'>
  readonly sampleMs?: number
  readonly idleMs?: number
}

/**
 * After a `wake` it samples at most every `sampleMs`; without one every `idleMs`, for the writes of
 * other nodes.
 */
export function createLog(options: LogOptions): Log {
  const { database, observe } = options
  const { sampleMs = limits.horizonSampleMs, idleMs = limits.horizonIdleMs } = options
  const horizon = createHorizon(options)
  const waiting = createWaiting()
  let partitions = 0
  let state: 'new' | 'running' | 'stopped' = 'new'
  let asked = false
  let step: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let soon = false

  function schedule(delayMs: number): void {
    if (timer !== null) clearTimeout(timer)
    soon = delayMs <= sampleMs
    timer = setTimeout(() => {
      timer = null
      step = advance()
    }, delayMs)
  }

  async function advance(): Promise<void> {
    asked = false
    let busy = false
    try {
      busy = await horizon.sample()
      waiting.release(horizon.settled())
      await keepPartitionsAhead()
    } catch (error) {
      observe({ kind: 'fault', requestId: null, where: 'log', error })
    }
    if (state === 'running') schedule(busy || asked ? sampleMs : idleMs)
  }

  /** Not by the horizon: a long transaction anywhere holds that back, while writers go on. */
  async function keepPartitionsAhead(): Promise<void> {
    const reached = await positionReached(database)
    if (partitions >= partitionsNeeded(reached)) return
    partitions = await addEventPartitions(database, reached)
  }

  return {
    async start() {
      if (state !== 'new') return
      state = 'running'
      await keepPartitionsAhead()
      schedule(0)
    },

    async stop() {
      state = 'stopped'
      if (timer !== null) clearTimeout(timer)
      timer = null
      await step
      waiting.close()
    },

    wake() {
      if (asked || state !== 'running') return
      asked = true
      if (timer !== null && !soon) schedule(0)
    },

    settled: () => horizon.settled(),

    read: (after, limit) => readEvents(database, after, horizon.settled(), limit),

    beyond(position, signal) {
      const settled = horizon.settled()
      return settled > position ? Promise.resolve(settled) : waiting.add(position, signal)
    },
  }
}
