/**
 * A database of its own for each test file, on the server that METTLE_TEST_DATABASE_URL names, or
 * else on an embedded one that all test files running now share.
 */

import { randomBytes } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import pg from 'pg'
import { startEmbedded } from '../../src/adapters/postgres/embedded/embedded.ts'

/** Makes an empty database and drops it after the tests of this file. Resolves to its URL. */
export async function scratchDatabase(): Promise<string> {
  const server = await testServer()
  const name = `scratch_${randomBytes(6).toString('hex')}`
  await administer(server.url, `create database ${name}`)
  after(async () => {
    await administer(server.url, `drop database if exists ${name} with (force)`)
    await server.stop()
  })
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return url.href
}

interface TestServer {
  readonly url: string
  /** The last test file to leave an embedded server ends it. */
  stop(): Promise<void>
}

/** As a superuser. */
async function testServer(): Promise<TestServer> {
  const url = process.env['METTLE_TEST_DATABASE_URL']
  if (url !== undefined) return { url, stop: () => Promise.resolve() }
  const directory = join(tmpdir(), `mettle-test-${userInfo().uid}`)
  const server = await startEmbedded({ directory, use: 'guest', observe: () => {} })
  return { url: server.adminUrl, stop: () => server.stop() }
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
