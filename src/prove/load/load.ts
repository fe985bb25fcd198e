/** A load generator in a process of its own, seen from the drill. */

import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { JsonValue } from '../../declare/json.ts'
import { Ledger } from '../ledger.ts'
import type { FromLoad, LoadPlan, ToLoad } from './messages.ts'

/** Beside this module, `.ts` in the sources and `.js` in the package. */
const program = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

export interface Load {
  /** Grows while the load runs. */
  readonly ledger: Ledger
  /** What the clients told beside it. */
  readonly facts: readonly JsonValue[]
  /** Resolves when that many more requests are in the ledger than now; rejects when it ends. */
  reach(more: number): Promise<void>
  /** Resolves when every client is done by itself. */
  readonly done: Promise<void>
  /** Lets no client send more; resolves when every answer is in the ledger. */
  stop(): Promise<Ledger>
}

/** `hold` knows the process until it ends. Rejects, like every wait, when the generator crashes. */
export function startLoad(plan: LoadPlan, hold: (child: ChildProcess) => void): Load {
  const ledger = new Ledger()
  const facts: JsonValue[] = []
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  hold(child)
  const finished = Promise.withResolvers<void>()
  const watchers = new Set<() => void>()
  child.on('message', (message: FromLoad) => {
    if (message.type === 'done') finished.resolve()
    if (message.type === 'crashed') finished.reject(new Error(`the load: ${message.message}`))
    if (message.type !== 'told') return
    ledger.add(message.entries)
    facts.push(...message.facts)
    for (const watch of watchers) watch()
  })
  child.once('exit', () => finished.reject(new Error('the load generator ended too early')))
  const done = finished.promise
  done.catch(() => {})
  send(child, { type: 'begin', plan })
  return {
    ledger,
    facts,
    done,
    reach(more) {
      const until = ledger.entries.length + more
      const reached = Promise.withResolvers<void>()
      const watch = () => {
        if (ledger.entries.length >= until) reached.resolve()
      }
      watchers.add(watch)
      const ended = async () => {
        await done
        if (ledger.entries.length < until) throw new Error(`the load ended before ${until} answers`)
      }
      return Promise.race([reached.promise, ended()]).finally(() => watchers.delete(watch))
    },
    async stop() {
      send(child, { type: 'stop' })
      await done
      return ledger
    },
  }
}

function send(child: ChildProcess, message: ToLoad): void {
  if (child.connected) child.send(message)
}
