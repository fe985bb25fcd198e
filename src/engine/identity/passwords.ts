/**
 * Hashing with a bound: so many hashes at a time, so many waiting, and the same work for users that
 * do not exist.
 */

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Levels, Observe } from '../../base/observe.ts'
import type { PasswordHash } from '../../ports/password-hash.ts'

/** Passwords come normalised. */
export interface Passwords {
  /** Makes the hash that stands in for unknown users. */
  start(): Promise<void>
  hash(password: string): Promise<string>
  /** Null stands for a user who does not exist: as slow as a real one, and false. */
  verify(hash: string | null, password: string): Promise<boolean>
  /** Hashes at this moment. */
  levels(): Levels['hashes']
}

interface PasswordsOptions {
  readonly hasher: PasswordHash
  readonly clock: Clock
  readonly random: RandomBytes
  readonly observe: Observe
  readonly parallelMax?: number
  readonly queueMax?: number
}

/**
 * Each hash holds a thread of libuv's pool and 19 MiB; without the bound a flood of sign-ins would
 * starve files and DNS. Whoever finds the queue full is refused with `admit.overloaded`.
 */
export function createPasswords(options: PasswordsOptions): Passwords {
  const { hasher, clock, random, observe } = options
  const { parallelMax = limits.parallelHashesMax, queueMax = limits.hashQueueMax } = options
  const waiting: (() => void)[] = []
  let running = 0
  let standIn: string | null = null

  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    const askedMs = clock.monotonic()
    if (running >= parallelMax) {
      if (waiting.length >= queueMax) throw problem('admit.overloaded', { retryAfterSeconds: 1 })
      // The one that ends hands its place over, so `running` stays as it is.
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      running += 1
    }
    const startedMs = clock.monotonic()
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
      const durationMs = clock.monotonic() - startedMs
      observe({ kind: 'hash', durationMs, waitedMs: startedMs - askedMs })
    }
  }

  const hash = (password: string): Promise<string> => bounded(() => hasher.hash(password))
  return {
    async start() {
      standIn ??= await hash(Buffer.from(random(16)).toString('hex'))
    },
    hash,
    levels: () => ({ running, waiting: waiting.length }),
    async verify(stored, password) {
      standIn ??= await hash(Buffer.from(random(16)).toString('hex'))
      const against = stored ?? standIn
      const same = await bounded(() => hasher.verify(against, password))
      return same && stored !== null
    },
  }
}
