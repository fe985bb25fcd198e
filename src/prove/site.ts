/** Where a run happens: a scratch PostgreSQL with the tables made once and copied often. */

import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { startEmbedded } from '../adapters/postgres/embedded/embedded.ts'
import { isSetting } from '../base/settings.ts'
import type { Holdings } from './holdings.ts'
import { openRecords, type Records } from './records.ts'

interface SiteOptions {
  /** How `mettle` is run: the program and its first arguments. */
  readonly mettle: readonly string[]
  /** The user's backend file, absolute. */
  readonly backend: string
  readonly holdings: Holdings
}

export interface Site {
  /** The user's backend file. */
  readonly backend: string
  /** For logs of nodes. */
  readonly folder: string
  /** Where PostgreSQL keeps its files, its pid file among them. */
  readonly data: string
  /** As the superuser. */
  readonly adminUrl: string
  /** A new database with the tables of the backend; resolves to its URL. */
  database(): Promise<string>
  /** Runs `mettle` with the settings to its end. Rejects with what it printed when it fails. */
  run(args: readonly string[], settings: Settings, input?: string): Promise<string>
  /** What a process of Mettle sees as its environment. */
  environment(settings: Settings): NodeJS.ProcessEnv
  close(): Promise<void>
}

export type Settings = Readonly<Record<string, string>>

const template = 'mettle_template'

/** Rejects when the embedded PostgreSQL cannot start or the tables cannot be made. */
export async function openSite(options: SiteOptions): Promise<Site> {
  const { backend, holdings } = options
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-prove-'))
  // PostgreSQL runs as another account where root proves.
  chmodSync(folder, 0o711)
  holdings.folder(folder)
  const server = await startEmbedded({ directory: folder, observe: () => {} })
  holdings.folder(folder, server.directory)
  const home = dirname(server.directory)
  if (!home.startsWith(folder)) holdings.folder(home, server.directory)
  const urlOf = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  const records = await openRecords(server.url)
  const run = runnerOf(options)
  await records.query(`create database ${template}`)
  await run(['migrate', 'apply', backend], { DATABASE_URL: urlOf(template) })
  let copies = 0
  return {
    backend,
    folder,
    data: server.directory,
    adminUrl: server.adminUrl,
    async database() {
      const name = `mettle_${++copies}`
      await copy(records, name)
      return urlOf(name)
    },
    run,
    environment,
    async close() {
      await records.close()
      await server.stop()
      for (const each of new Set([home, folder])) holdings.remove(each)
    },
  }
}

async function copy(records: Records, name: string): Promise<void> {
  await records.query(`create database ${name} template ${template} strategy file_copy`)
}

function runnerOf({ mettle }: SiteOptions): Site['run'] {
  const [program = '', ...first] = mettle
  return async (args, settings, input = '') => {
    const running = promisify(execFile)(program, [...first, ...args], {
      env: environment(settings),
      encoding: 'utf8',
    })
    running.child.stdin?.end(input)
    return (await running).stdout
  }
}

/** Settings of Mettle that the user's shell may hold must not reach what we start. */
function environment(settings: Settings): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !isSetting(name))
  return { ...Object.fromEntries(inherited), NO_COLOR: '1', ...settings }
}
