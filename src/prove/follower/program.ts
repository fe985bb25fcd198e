/**
 * A process that reads the log as every consumer of Mettle does, with the same service and the same
 * horizon: `program.ts <database> [<drill>]`, the drill's broken stage in place where it is named.
 */

import { postgresDatabase } from '../../adapters/postgres/database.ts'
import { createLog } from '../../engine/log/log.ts'
import type { LogEvent } from '../../engine/log/event.ts'
import { systemClock } from '../../run/clock.ts'
import { asBuilt } from '../../run/wiring.ts'
import { loadStage } from '../broken/stage.ts'
import type { Followed, FromFollower, ToFollower } from '../followed.ts'

const pageMax = 500
const againMs = 100

const [url = '', drill = ''] = process.argv.slice(2)
const wiring = drill === '' ? asBuilt : (await loadStage(drill)).wiring
const parts = { clock: systemClock, observe: () => {} }
const database = wiring.database(
  postgresDatabase(wiring.postgres({ ...parts, url, durability: 'reported' })),
)
const log = createLog({ ...parts, database })

async function follow(from: number): Promise<never> {
  let last = BigInt(from)
  for (;;) {
    const settled = await log.beyond(last)
    for (;;) {
      const page = await log.read(last, pageMax)
      if (page.length === 0) break
      tell({ type: 'events', events: page.map(told) })
      last = page.at(-1)!.position
    }
    tell({ type: 'reached', position: Number(settled) })
  }
}

function told({ position, type, key, version, trace }: LogEvent): Followed {
  return { position: Number(position), type, key, version, trace }
}

function tell(message: FromFollower): void {
  process.send?.(message)
}

/** A database that is away for a while is no reason to end: the reader goes on where it was. */
async function begin({ after }: ToFollower): Promise<void> {
  for (;;) {
    try {
      await database.start()
      break
    } catch {
      await new Promise(resolve => setTimeout(resolve, againMs))
    }
  }
  await log.start()
  await follow(after)
}

process.once('message', (message: ToFollower) => void begin(message))
process.once('disconnect', () => process.exit(1))
// Ctrl-C reaches every process of the terminal; who started us decides when we end.
process.on('SIGINT', () => {})
