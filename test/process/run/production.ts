/** A small backend in production, with several workers, for the tests of this folder. */

import { Agent, request } from 'node:http'
import { after } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { mettle, runMettle, userFolder, type RunningMettle } from '../../support/running.ts'

const backend = `
import { access, backend, command, field, identity, resource } from 'mettle'

const { anyone } = access
const users = identity({
  fields: {},
  signUp: 'open',
  roles: ['admin'],
  access: { delete: access.owner('id') },
})
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: anyone, create: anyone },
})
const tellsWorker = (name, rule) =>
  command(name, {
    input: {},
    output: { pid: field.integer() },
    access: rule,
    uses: {},
    run: async () => ({ pid: process.pid }),
  })
const worker = tellsWorker('worker', anyone)
const member = tellsWorker('member', access.signedIn)
const admin = tellsWorker('admin', access.role('admin'))
const forgetful = command('forgetful', {
  input: {},
  output: { pid: field.integer() },
  access: anyone,
  uses: { notes },
  async run({ db }) {
    void db.notes.get('00000000-0000-7000-8000-000000000000')
    await db.notes.count()
    return { pid: process.pid }
  },
})

export default backend('notes', { parts: { users, notes, worker, member, admin, forgetful } })
`

const settings = {
  METTLE_SECRET: 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_',
  HOST: '127.0.0.1',
  WORKERS: '2',
  RATE_LIMIT: '1000000',
}

type Settings = Readonly<Record<string, string>>

/** A migrated database, the folder of a user, and `mettle start` on them. */
export async function production() {
  const folder = userFolder({ after }, { 'backend.ts': backend })
  const env = { ...settings, DATABASE_URL: await scratchDatabase() }
  const migrated = await runMettle({ after }, ['migrate', 'apply'], { folder, env })
  if (migrated.status !== 0) throw new Error(migrated.output)
  const start = (more: Settings = {}): RunningMettle =>
    mettle({ after }, ['start'], { folder, env: { ...env, ...more } })
  return { folder, env, start }
}

/** What became of the requests of a load. */
interface Tally {
  readonly pids: Set<number>
  /** Counts by status. */
  readonly answers: Map<number, number>
  /** Refused connections: nothing was sent. */
  refused: number
  /** Requests that were sent and never answered: what must not be. */
  readonly lost: Error[]
}

interface Load {
  readonly tally: Tally
  /** Resolves when that many answers have come since it was asked. */
  reach(answers: number): Promise<void>
  /** Sends no more; resolves when every answer is there. */
  stop(): Promise<Tally>
}

/**
 * Clients that send their next request when the last is answered: half of them on connections that
 * they keep, half on a new one each time. A client that is refused a connection stops.
 */
export function startLoad(url: string, clients: number): Load {
  const tally: Tally = { pids: new Set(), answers: new Map(), refused: 0, lost: [] }
  const kept = new Agent({ keepAlive: true, maxSockets: clients })
  const fresh = new Agent({ keepAlive: false })
  const stopping = new AbortController()
  let count = 0
  const watchers = new Set<() => void>()

  async function client(agent: Agent): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const { status, pid } = await whoAnswers(url, agent)
        tally.answers.set(status, (tally.answers.get(status) ?? 0) + 1)
        if (pid !== null) tally.pids.add(pid)
        count += 1
        for (const watch of watchers) watch()
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') {
          tally.refused += 1
          return
        }
        tally.lost.push(error as Error)
      }
    }
  }

  const all = Array.from({ length: clients }, (_, at) => client(at % 2 === 0 ? kept : fresh))
  return {
    tally,
    reach(answers) {
      const until = count + answers
      return new Promise(resolve => {
        const watch = () => {
          if (count < until) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
      })
    },
    async stop() {
      stopping.abort()
      await Promise.all(all)
      kept.destroy()
      return tally
    },
  }
}

function whoAnswers(
  url: string,
  agent: Agent,
): Promise<{ readonly status: number; readonly pid: number | null }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/api/v1/worker`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 2 },
    })
    asked.once('error', reject)
    asked.once('response', response => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('error', reject)
      response.once('end', () => {
        const status = response.statusCode!
        resolve({ status, pid: status === 200 ? JSON.parse(text).pid : null })
      })
    })
    asked.end('{}')
  })
}
