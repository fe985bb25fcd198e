/** One owner of the buckets for all processes of a machine: exact, whichever of them is asked. */

import { problem } from '../../base/errors.ts'
import type { GroupOutcome, SharedBuckets, TakeBatch } from '../../ports/buckets.ts'
import type { Buckets } from './bucket.ts'

/**
 * A line to another process: `process` and `cluster.Worker` have it, wrapped by whoever starts the
 * processes.
 */
export interface Channel {
  /** Throws when the line is closed. */
  send(message: object): void
  /** Calls for each message; other users of the line may send messages of their own kind. */
  listen(listener: (message: unknown) => void): void
  /** Calls once, when nothing will arrive any more. */
  closed(listener: () => void): void
}

interface Question {
  readonly type: 'limit.take'
  readonly turn: number
  readonly batch: TakeBatch
}

interface Reply {
  readonly type: 'limit.taken'
  readonly turn: number
  readonly outcomes: readonly GroupOutcome[]
}

/**
 * Answers the takes of one other process from the owner's buckets. One process decides, so nothing
 * can be lost or doubled.
 */
export function serveBuckets(buckets: Buckets, channel: Channel): void {
  channel.listen(message => {
    if (!isOf<Question>(message, 'limit.take')) return
    const outcomes = buckets.takeBatch(message.batch)
    channel.send({ type: 'limit.taken', turn: message.turn, outcomes } satisfies Reply)
  })
}

/** The buckets of the process at the other end. Rejects with `admit.overloaded` when it is gone. */
export function connectBuckets(channel: Channel): SharedBuckets {
  const asked = new Map<number, PromiseWithResolvers<readonly GroupOutcome[]>>()
  let turn = 0

  channel.listen(message => {
    if (!isOf<Reply>(message, 'limit.taken')) return
    asked.get(message.turn)?.resolve(message.outcomes)
    asked.delete(message.turn)
  })
  channel.closed(() => {
    for (const { reject } of asked.values()) reject(gone())
    asked.clear()
  })

  return {
    take(batch) {
      turn += 1
      const answer = Promise.withResolvers<readonly GroupOutcome[]>()
      asked.set(turn, answer)
      try {
        channel.send({ type: 'limit.take', turn, batch } satisfies Question)
      } catch {
        asked.delete(turn)
        answer.reject(gone())
      }
      return answer.promise
    },
  }
}

const gone = () => problem('admit.overloaded', { retryAfterSeconds: 1 })

function isOf<M extends { readonly type: string }>(
  message: unknown,
  type: M['type'],
): message is M {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === type
  )
}
