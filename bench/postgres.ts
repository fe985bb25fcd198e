/** The embedded PostgreSQL of a bench run, with its durable settings. */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../src/adapters/postgres/embedded/embedded.ts'

interface BenchPostgres {
  readonly pid: number
  /** Resolves to the URL of an empty database. */
  createDatabase(name: string): Promise<string>
  /** Nothing of the run is left. */
  stop(): Promise<void>
}

export async function startPostgres(folder: string): Promise<BenchPostgres> {
  const server = await startEmbedded({ directory: folder, observe: () => {} })
  return {
    pid: Number(readFileSync(join(server.directory, 'postmaster.pid'), 'utf8').split('\n')[0]),
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      await client.query(`create database bench_${name}`)
      await client.end()
      const url = new URL(server.url)
      url.pathname = `/bench_${name}`
      return url.href
    },
    async stop() {
      await server.stop()
      // the data may lie elsewhere, behind a link, where the folder is closed to the server
      for (const path of [server.directory, folder]) rmSync(path, { recursive: true, force: true })
    },
  }
}
