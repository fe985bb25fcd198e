/** A read that may be slow, and is cancelled when nobody waits for it any more. */

import type { Row, Statement } from '../../ports/database.ts'
import type { Connection } from './connection.ts'
import type { Lanes } from './lanes.ts'

/**
 * `cancelling`: lanes that never repeat a statement, since a cancel that came twice could end the
 * next scan. The connection runs nothing else, and is given back only when the cancel is done.
 */
export async function scan(
  connection: Connection,
  statement: Statement,
  cancelling: Lanes,
  signal: AbortSignal | undefined,
): Promise<readonly Row[]> {
  let cancelled: Promise<unknown> = Promise.resolve()
  const cancel = () => {
    const text = 'select pg_cancel_backend($1)'
    cancelled = cancelling
      .run({ text, values: [connection.serverPid] }, undefined)
      .catch(() => connection.destroy())
  }
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await connection.run(statement)
  } finally {
    signal?.removeEventListener('abort', cancel)
    await cancelled
  }
}
