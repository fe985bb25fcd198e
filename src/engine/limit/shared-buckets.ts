/**
 * One owner of the buckets for all processes of a machine: exact, one message a turn of the event
 * loop.
 */

import { problem } from '../../base/errors.ts'
import type { BucketStore, Buckets, Decision, LimitPolicy } from './bucket.ts'

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
  readonly policies: readonly LimitPolicy[]
  /** Keys, each with the place of its policy. */
  readonly takes: readonly (readonly [key: string, policy: number])[]
}

/** A decision without its policy, which the asker knows. */
type Taken = Omit<Decision, 'policy'>

interface Reply {
  readonly type: 'limit.taken'
  readonly turn: number
  readonly taken: readonly Taken[]
}

/**
 * Answers the takes of one other process from the owner's buckets. One process decides, so nothing
 * can be lost or doubled.
 */
export function serveBuckets(buckets: Buckets, channel: Channel): void {
  channel.listen(message => {
    if (!isOf<Question>(message, 'limit.take')) return
    const taken = message.takes.map(([key, at]) => {
      const { policy: _, ...outcome } = buckets.take(key, message.policies[at]!)
      return outcome
    })
    channel.send({ type: 'limit.taken', turn: message.turn, taken } satisfies Reply)
  })
}

interface Waiting {
  readonly key: string
  readonly policy: LimitPolicy
  readonly resolve: (decision: Decision) => void
  readonly reject: (reason: unknown) => void
}

/**
 * The buckets of another process. What is taken in one turn of the event loop goes in one message,
 * so the cost of asking falls as the load rises. Leasing tokens ahead would save the message but
 * not be exact: a lease that lies unspent in one process is missing in another.
 */
export function connectBuckets(channel: Channel): BucketStore {
  const asked = new Map<number, readonly Waiting[]>()
  let gathering: Waiting[] = []
  let turn = 0

  channel.listen(message => {
    if (!isOf<Reply>(message, 'limit.taken')) return
    const waiting = asked.get(message.turn) ?? []
    asked.delete(message.turn)
    for (const [at, one] of waiting.entries()) {
      one.resolve({ ...message.taken[at]!, policy: one.policy })
    }
  })
  channel.closed(() => {
    for (const waiting of asked.values()) refuse(waiting)
    asked.clear()
  })

  const ask = (): void => {
    const waiting = gathering
    gathering = []
    turn += 1
    asked.set(turn, waiting)
    try {
      channel.send(questionOf(turn, waiting))
    } catch {
      asked.delete(turn)
      refuse(waiting)
    }
  }
  return {
    take(key, policy) {
      const { promise, resolve, reject } = Promise.withResolvers<Decision>()
      if (gathering.length === 0) setImmediate(ask)
      gathering.push({ key, policy, resolve, reject })
      return promise
    },
  }
}

function questionOf(turn: number, waiting: readonly Waiting[]): Question {
  const policies = [...new Set(waiting.map(one => one.policy))]
  const takes = waiting.map(one => [one.key, policies.indexOf(one.policy)] as const)
  return { type: 'limit.take', turn, policies, takes }
}

function refuse(waiting: readonly Waiting[]): void {
  for (const one of waiting) one.reject(problem('admit.overloaded', { retryAfterSeconds: 1 }))
}

function isOf<M extends { readonly type: string }>(
  message: unknown,
  type: M['type'],
): message is M {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === type
  )
}
