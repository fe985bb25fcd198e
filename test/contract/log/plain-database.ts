/**
 * The Database port over bare `pg` clients, for tests that need to see every statement reach the
 * server on its own.
 */

import pg from 'pg'

import type { Statement, Transaction } from '../../../src/ports/database.ts'
import { engineSchema } from '../../../src/migrate/engine-schema.ts'

export interface PlainDatabase {
  readonly pool: pg.Pool
  run(statement: Statement): Promise<readonly (readonly unknown[])[]>
  transaction<T>(options: object, work: (transaction: Transaction) => Promise<T>): Promise<T>
}

/** Close it with `pool.end()`. */
export function plainDatabase(url: string, connectionsMax = 12): PlainDatabase {
  const pool = new pg.Pool({ connectionString: url, max: connectionsMax })
  // the scratch database is dropped, by force, before the pool is closed
  pool.on('error', () => {})
  const run = async (client: pg.Pool | pg.PoolClient, { text, values }: Statement) => {
    const result = await client.query<unknown[]>({
      text,
      values: [...values],
      rowMode: 'array',
      types: textTypes,
    })
    return result.rows
  }
  return {
    pool,
    run: statement => run(pool, statement),
    async transaction(_options, work) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const result = await work({ run: statement => run(client, statement) })
        await client.query('commit')
        return result
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
  }
}

export async function applyEngineSchema(database: PlainDatabase): Promise<void> {
  for (const step of engineSchema) {
    for (const text of step.statements) await database.run({ text, values: [] })
  }
}

/** As the port promises: text, except int4, int2 and bool. */
const textTypes = {
  getTypeParser: (type: number) => {
    if (type === 21 || type === 23) return Number
    if (type === 16) return (value: string) => value === 't'
    return (value: string) => value
  },
} as unknown as pg.CustomTypesConfig
