/** `mettle dev` and `mettle start`. */

import type { Config } from '../run/config.ts'
import { outliveReaders } from '../run/outlive-readers.ts'
import { explainRefusal } from '../run/refusal.ts'
import type { WorkerProgram } from '../run/fleet.ts'
import { supervise, type Supervisor } from '../run/supervisor.ts'
import { configure, print, stop } from './environment.ts'

/**
 * Runs until a signal ends it: the first drains, the second ends the workers at once, the third
 * everything. SIGHUP replaces the workers without a gap; in development it means that the terminal
 * is gone, and ends.
 */
export async function serve(
  backend: string,
  mode: Config['mode'],
  worker?: WorkerProgram,
): Promise<void> {
  const config = configure(mode)
  outliveReaders()
  const signalled = Promise.withResolvers<null>()
  let supervisor: Supervisor | null = null
  let signals = 0
  const end = () => {
    signals += 1
    if (signals === 1) signalled.resolve(null)
    if (signals === 2) supervisor?.kill()
    if (signals === 3) process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end)
  process.on('SIGHUP', mode === 'development' ? end : () => supervisor?.reload())
  supervisor = await supervise({ backend, config, print, worker }).catch((error: unknown) =>
    stop(explainRefusal(error, backend)),
  )
  const failure = await Promise.race([signalled.promise, supervisor.failed])
  if (failure === null) print('Stopping …')
  await supervisor.stop()
  if (failure !== null) stop(failure)
  process.exit(signals > 1 ? 130 : 0)
}
