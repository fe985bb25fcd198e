/** A database of its own for each test file, on the server that METTLE_TEST_DATABASE_URL names. */

import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import pg from 'pg'

/** Makes an empty database and drops it after the tests of this file. Resolves to its URL. */
export async function scratchDatabase(): Promise<string> {
  const server = process.env['METTLE_TEST_DATABASE_URL']
  if (server === undefined) {
    throw new Error('METTLE_TEST_DATABASE_URL is not set: run the tests with `npm test [folder or file]`')
  }
  const name = `scratch_${randomBytes(6).toString('hex')}`
  await administer(server, `create database ${name}`)
  after(() => administer(server, `drop database if exists ${name} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

async function administer(server: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
