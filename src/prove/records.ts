/** The database behind the backend, for planting rows and for looking at what is really there. */

import { postgresDatabase } from '../adapters/postgres/database.ts'
import type { Row, Transaction } from '../ports/database.ts'

export interface Records {
  readonly url: string
  /** One statement. Values come as text, except numbers of 32 bits, booleans and null. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>
  /** The first column of the first row as a number. */
  readonly count: (text: string, values?: readonly unknown[]) => Promise<number>
  /** A connection for itself until the work ends: for transactions that are held open. */
  session<T>(work: (session: Transaction) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export async function openRecords(url: string): Promise<Records> {
  const database = postgresDatabase({
    url,
    observe: () => {},
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    applicationName: 'mettle prove',
    durability: 'reported',
    limits: { readLanes: 1, writeLanes: 1 },
  })
  await database.start()
  const query: Records['query'] = (text, values = []) => database.run({ text, values }, 'pool')
  return {
    url,
    query,
    count: async (text, values) => Number((await query(text, values))[0]?.[0]),
    session: work => database.session(work),
    close: () => database.stop(),
  }
}
