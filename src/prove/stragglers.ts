/** Slow transactions of the runner that write into the log: what they take they give back late. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Transaction } from '../ports/database.ts'
import type { Random } from './random.ts'
import type { Records } from './records.ts'

interface Stragglers {
  /** Resolves, when all have ended, to how they ended. */
  stop(): Promise<{ readonly committed: number; readonly rolledBack: number }>
}

const sessions = 6
const heldMsMax = 600
const restMsMax = 60
const rollbackShare = 0.3

/** They write events as the engine does, whose columns say by themselves when they were written. */
const writing = `insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "trace")
  values ('prove.straggled', 'prove', gen_random_uuid(), 1, 'prove', $1)`

/** `trace` marks their events. */
export function startStragglers(records: Records, random: Random, trace: string): Stragglers {
  const ended = { committed: 0, rolledBack: 0 }
  const stopping = new AbortController()
  const run = (text: string, session: Transaction) => session.run({ text, values: [] })
  const straggle = (chance: Random) =>
    records.session(async session => {
      while (!stopping.signal.aborted) {
        await run('begin', session)
        await session.run({ text: writing, values: [trace] })
        await sleep(chance.whole(0, heldMsMax))
        await session.run({ text: writing, values: [trace] })
        const isRolledBack = chance.next() < rollbackShare
        await run(isRolledBack ? 'rollback' : 'commit', session)
        ended[isRolledBack ? 'rolledBack' : 'committed'] += 1
        await sleep(chance.whole(0, restMsMax))
      }
    })
  const all = Promise.all(
    Array.from({ length: sessions }, (_, number) => straggle(random.fork(`straggler ${number}`))),
  )
  all.catch(() => {})
  return {
    async stop() {
      stopping.abort()
      await all
      return ended
    },
  }
}
