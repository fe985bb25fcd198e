/** The PostgreSQL that all test files of a machine share, and a session on it for each of them. */

import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { postgresDatabase } from '../adapters/postgres/database.ts'
import { startEmbedded } from '../adapters/postgres/embedded/embedded.ts'
import type { Row } from '../ports/database.ts'
import { systemClock } from '../run/clock.ts'

export interface TestServer {
  /** One statement at a time; what it locks (advisory locks) is held until `close`. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Where a database of this server is. */
  urlOf(database: string): string
  /** The last test file to close an embedded server ends it; its files stay for the next run. */
  close(): Promise<void>
}

/** `url`: a role that may create databases; null starts an embedded server, or joins it. */
export async function openTestServer(url: string | null): Promise<TestServer> {
  if (url !== null) return openSession(url, async () => {})
  const directory = join(tmpdir(), `mettle-testing-${userInfo().username}`)
  const embedded = await startEmbedded({ directory, use: 'guest', observe: () => {} })
  const session = await openSession(embedded.adminUrl, () => embedded.stop())
  for (const setting of throwaway) await session.query(`alter system set ${setting}`)
  await session.query('select pg_reload_conf()')
  return session
}

/** Nothing that it holds need outlive the machine. */
const throwaway = ['fsync = off', 'full_page_writes = off', 'synchronous_commit = off']

async function openSession(url: string, end: () => Promise<void>): Promise<TestServer> {
  const opened = Promise.withResolvers<TestServer['query']>()
  const closing = Promise.withResolvers<void>()
  const database = postgresDatabase({
    url,
    clock: systemClock,
    observe: () => {},
    applicationName: `mettle testing, process ${process.pid}`,
    durability: 'reported',
  })
  const closed = database.session(session => {
    opened.resolve((text, values = []) => session.run({ text, values }))
    return closing.promise
  })
  closed.catch(opened.reject)
  return {
    query: await opened.promise,
    urlOf: name => Object.assign(new URL(url), { pathname: `/${name}` }).href,
    async close() {
      closing.resolve()
      await closed
      await end()
    },
  }
}
