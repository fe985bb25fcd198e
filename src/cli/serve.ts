/** `mettle dev` and `mettle start`. */

import { EmbeddedError } from '../adapters/postgres/embedded/error.ts'
import type { Config } from '../run/config.ts'
import { supervise, type Supervisor } from '../run/supervisor.ts'
import { configure, print, stop } from './environment.ts'

/** Runs until a signal ends it; a second signal ends it at once. SIGHUP replaces the workers without a gap. */
export async function serve(backend: string, mode: Config['mode']): Promise<void> {
  const config = configure(mode)
  const signalled = Promise.withResolvers<number>()
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals += 1
      if (signals === 1) signalled.resolve(0)
      else process.exit(130)
    })
  }
  const supervisor = await superviseOrStop(backend, config)
  process.on('SIGHUP', () => supervisor.reload())
  const status = await Promise.race([signalled.promise, supervisor.ended])
  if (status === 0) print('Stopping …')
  await supervisor.stop()
  process.exit(status)
}

async function superviseOrStop(backend: string, config: Config): Promise<Supervisor> {
  try {
    return await supervise({ backend, config, print })
  } catch (error) {
    if (error instanceof EmbeddedError) return stop(error.message)
    throw error
  }
}
