/** Those who wait for the horizon to move beyond a position. */

interface Waiting {
  /** Resolves to the horizon once it is beyond the position; rejects with the signal's reason. */
  add(position: bigint, signal: AbortSignal | undefined): Promise<bigint>
  /** Lets those go on who waited for less than the horizon. */
  release(settled: bigint): void
  /** Rejects all that wait, and all that come. */
  close(): void
}

interface Waiter {
  readonly position: bigint
  readonly resolve: (settled: bigint) => void
  readonly reject: (reason: unknown) => void
}

export function createWaiting(): Waiting {
  const waiters = new Set<Waiter>()
  let closed = false

  return {
    add(position, signal) {
      if (closed) return Promise.reject(stopped())
      if (signal?.aborted) return Promise.reject(signal.reason)
      const { promise, resolve, reject } = Promise.withResolvers<bigint>()
      const waiter = { position, resolve, reject }
      const leave = () => reject(signal?.reason)
      waiters.add(waiter)
      signal?.addEventListener('abort', leave)
      return promise.finally(() => {
        waiters.delete(waiter)
        signal?.removeEventListener('abort', leave)
      })
    },

    release(settled) {
      for (const waiter of waiters) if (settled > waiter.position) waiter.resolve(settled)
    },

    close() {
      closed = true
      for (const waiter of waiters) waiter.reject(stopped())
    },
  }
}

function stopped(): Error {
  return new Error('the log has stopped')
}
