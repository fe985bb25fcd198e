/** Where the data lives: the server of DATABASE_URL, or the embedded one. */

import { resolve } from 'node:path'
import { startEmbedded } from '../adapters/postgres/embedded/embedded.ts'
import type { Config } from './config.ts'

interface OpenDatabase {
  readonly url: string
  readonly embedded: { readonly directory: string; readonly note: string | null } | null
  /** Ends the use of an embedded server; the last user stops it. */
  close(): Promise<void>
}

/**
 * An `owner` keeps the embedded server alive and is alone; a `guest` may use it beside others.
 * Rejects with an `EmbeddedError` that says what to do when it cannot start.
 */
export async function openDatabase(
  config: Config,
  use: 'owner' | 'guest',
  print: (text: string) => void,
): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    return { url: config.databaseUrl, embedded: null, close: async () => {} }
  }
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
