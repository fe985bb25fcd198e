/** A follower of the log in a process of its own, seen from the drill. */

import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Followed, FromFollower, ToFollower } from './followed.ts'

export interface Follower {
  /** In the order in which it was given them; grows. */
  readonly events: readonly Followed[]
  /** Resolves when it was given everything up to the position. Rejects after half a minute. */
  upTo(position: number): Promise<void>
  /** kill -9; what it had told by now stays, and nothing is added. */
  kill(): void
}

interface FollowerOptions {
  /** Of the database. */
  readonly url: string
  /** Whose broken stage it has; null: as built. */
  readonly stage: string | null
  readonly after: number
}

const program = fileURLToPath(
  new URL(`./follower/program${extname(import.meta.url)}`, import.meta.url),
)
const patienceMs = 30_000

/** `hold` knows the process until it ends. */
export function startFollower(
  { url, stage, after }: FollowerOptions,
  hold: (child: ChildProcess) => void,
): Follower {
  const args = stage === null ? [url] : [url, stage]
  const child = fork(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  hold(child)
  const events: Followed[] = []
  const watchers = new Set<() => void>()
  let reached = after
  let isOver = false
  child.on('message', (message: FromFollower) => {
    // What was on its way when it was killed, it had not been given.
    if (isOver) return
    if (message.type === 'events') events.push(...message.events)
    else reached = message.position
    for (const watch of watchers) watch()
  })
  child.send({ after } satisfies ToFollower)
  return {
    events,
    kill() {
      isOver = true
      child.kill('SIGKILL')
    },
    async upTo(position) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const watch = () => {
        if (reached >= position) resolve()
      }
      const late = () => reject(new Error(`the follower came to ${reached}, not to ${position}`))
      const timer = setTimeout(late, patienceMs)
      child.once('exit', late)
      watchers.add(watch)
      watch()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        watchers.delete(watch)
        child.off('exit', late)
      }
    },
  }
}
