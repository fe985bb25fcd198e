/** Small models for migrations, and a look at what a migration made. */

import { Client } from 'pg'
import { access, backend } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import type { Model } from '../../../src/model/model.ts'
import type { Parts } from '../../../src/declare/backend.ts'

/** For lists that somebody may read. */
export const open = { read: access.anyone }

export function modelOf(parts: Parts): Model {
  return buildModel(backend<Parts>('migrated', { parts }))
}

/** One statement on a connection of its own. */
export async function query(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, [...values])
    return rows
  } finally {
    await client.end()
  }
}

/** A connection that a test holds open, with what it locks. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}
