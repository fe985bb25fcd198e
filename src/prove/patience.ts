/** Clients that come again when they are told to, as a busy machine may tell everybody. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply, Request, Sender } from './http.ts'

const attemptsMax = 50
const againMs = 100
/** Nothing was done, or the first request of a key still runs. */
const again: ReadonlySet<number> = new Set([503, 409])

/** The first answer that is none of those, or the last. What nobody answered only under a key. */
export async function patiently(send: Sender['send'], request: Request): Promise<Reply> {
  const isKeyed = request.headers?.['idempotency-key'] !== undefined
  for (let attempt = 1; ; attempt++) {
    const reply = await send(request)
    const { status, headers } = reply
    const mayComeAgain =
      status === null ? isKeyed : again.has(status) && headers['retry-after'] !== undefined
    if (!mayComeAgain || attempt === attemptsMax) return reply
    await sleep(againMs)
  }
}
