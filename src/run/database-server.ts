/** Where the data lives: the server of DATABASE_URL, or the embedded one. */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { startEmbedded } from '../adapters/postgres/embedded/embedded.ts'
import { EmbeddedError } from '../adapters/postgres/embedded/error.ts'
import type { Config } from './config.ts'

interface OpenDatabase {
  readonly url: string
  readonly embedded: { readonly directory: string; readonly note: string | null } | null
  /** Ends the use of an embedded server; the last user stops it. */
  close(): Promise<void>
}

/** For who reads along, without user and password: which database is meant. */
export function databaseName({ databaseUrl, directory }: Config): string {
  if (databaseUrl === null) return `embedded PostgreSQL in ${homeBelow(directory)}`
  const { host, pathname, searchParams } = new URL(databaseUrl)
  return `${searchParams.get('host') ?? host}${pathname}, from DATABASE_URL`
}

/**
 * An `owner` keeps the embedded server alive and is alone; a `guest` may use it beside others, and
 * makes none unless the settings ask for it. Rejects with an `EmbeddedError` that says what to do
 * when it cannot start.
 */
export async function openDatabase(
  config: Config,
  use: 'owner' | 'guest',
  print: (text: string) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    return { url: config.databaseUrl, embedded: null, close: async () => {} }
  }
  const home = homeBelow(config.directory)
  if (use === 'guest' && !config.asksEmbedded && !existsSync(home)) throw forgotten(home)
  const server = await startEmbedded({
    directory: resolve(config.directory),
    use,
    observe: observation => {
      if (observation.kind !== 'lifecycle') return
      print([observation.part, observation.event, observation.detail ?? ''].join(' ').trim())
    },
  })
  return {
    url: server.url,
    embedded: { directory: server.directory, note: server.note },
    close: () => server.stop(),
  }
}

function homeBelow(directory: string): string {
  return join(resolve(directory), 'postgres')
}

/** What is done to an empty server that nobody meant looks like success. */
function forgotten(home: string): EmbeddedError {
  return new EmbeddedError(
    `DATABASE_URL is not set, and there is no embedded PostgreSQL in ${home}.`,
    'Set DATABASE_URL to the URL of your server, or run this where `mettle dev` has run, or set DATABASE_URL=embedded to make one here.',
  )
}
