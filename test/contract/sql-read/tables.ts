/** A database with a model's tables, and a session on it that is set like a lane. */

import { Client } from 'pg'
import { after } from 'node:test'
import type { Model } from '../../../src/model/model.ts'
import { migratedDatabase } from '../../support/model.ts'

export interface Session {
  /** Rows as arrays; everything but int4, bool and null as text. */
  run(text: string, values?: readonly unknown[]): Promise<unknown[][]>
}

/** The settings of a lane: parameters are unknown to the planner. */
const laneOptions = '-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC'

const rawTypes = {
  getTypeParser: (oid: number) => (text: string) =>
    oid === 23 ? Number(text) : oid === 16 ? text === 't' : text,
}

/** Makes the tables in a database of their own; the session ends with the tests of the file. */
export async function tablesOf(model: Model): Promise<Session> {
  const clients: Client[] = []
  // before the database is made: hooks run in the order they were made, and it is dropped by one
  after(() => Promise.all(clients.map(client => client.end())))
  const { url } = await migratedDatabase(model)
  const client = new Client({ connectionString: url, options: laneOptions })
  await client.connect()
  clients.push(client)
  return {
    run: async (text, values = []) => {
      const query = { text, values: [...values], rowMode: 'array', types: rawTypes } as const
      return (await client.query<unknown[]>(query)).rows
    },
  }
}
