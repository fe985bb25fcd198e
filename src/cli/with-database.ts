/** A command's way to the model and its database, without serving. */

import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { buildModel } from '../model/build.ts'
import type { Model } from '../model/model.ts'
import type { Identity } from '../engine/identity/identity.ts'
import { BackendFileError, loadBackendFile } from '../run/backend-file.ts'
import { databaseName, openDatabase } from '../run/database-server.ts'
import { type Core, createCore } from '../run/core.ts'
import { explainRefusal } from '../run/refusal.ts'
import { configure, stop } from './environment.ts'

export interface Opened extends Core {
  readonly model: Model
}

/**
 * Uses DATABASE_URL, else the embedded server that is there, which is started for the time of the
 * command unless it runs already. Says on standard error which one is meant.
 */
export async function withDatabase(
  backend: string,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  const config = configure('development')
  process.stderr.write(`Database: ${databaseName(config)}\n`)
  try {
    const model = buildModel(await loadBackendFile(resolve(backend)))
    const server = await openDatabase(config, 'guest', () => {})
    try {
      // Nothing that is sealed with it outlives the command.
      const secret = config.secret ?? randomBytes(48).toString('base64url')
      const core = createCore({ model, config, databaseUrl: server.url, secret, observe: () => {} })
      await core.database.start()
      try {
        await work({ ...core, model })
      } finally {
        await core.database.stop()
      }
    } finally {
      await server.close()
    }
  } catch (error) {
    stop(explainRefusal(error, backend))
  }
}

/** The same for what is done with users. */
export async function withIdentity(
  backend: string,
  work: (identity: Identity) => Promise<void>,
): Promise<void> {
  await withDatabase(backend, async ({ identity }) => {
    if (identity === null) {
      throw new BackendFileError('This backend has no users: declare identity() first.')
    }
    await work(identity)
  })
}
