/** The idempotency key of an operation that is a whole transaction: claimed first, answered last. */

import { hash } from 'node:crypto'
import { problem } from '../../base/errors.ts'
import type { Row } from '../../ports/database.ts'
import * as keys from '../../sql/write/idempotency.ts'
import type { DataScope, WriteInput } from '../data/data.ts'
import type { Answer, OperationRequest } from '../operation.ts'
import { storedAnswer } from './answers.ts'

export interface KeyClaim extends keys.KeyOwner {
  /** The fingerprint of the request that the key stands for. */
  readonly hash: string
}

/**
 * The key with the fingerprint of the request that it stands for. Conditions are no part of it:
 * they say when the request may run, not what it is.
 */
export function keyOf({ idempotencyKey, operation }: OperationRequest): WriteInput['key'] {
  if (idempotencyKey === null) return null
  const fingerprint = hash('sha256', JSON.stringify(operation), 'base64url')
  return { key: idempotencyKey, hash: fingerprint }
}

/**
 * Runs what the key stands for unless that was done: then its answer is given again. Waits for a
 * transaction that holds the key. Throws `run.idempotency-mismatch`.
 */
export async function runOnce(
  scope: DataScope,
  claim: KeyClaim,
  replay: (stored: keys.StoredAnswer) => Answer,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const { transaction } = scope
  const claimed = await transaction.run(keys.claimKey(claim, claim.hash))
  if (claimed.length === 0) {
    const [kept = []] = await transaction.run(keys.readAnswer(claim))
    if (kept[0] !== claim.hash) throw problem('run.idempotency-mismatch')
    return replay(keptAnswer(kept))
  }
  const answer = await run()
  await transaction.run(keys.storeAnswer(claim, storedAnswer(answer)))
  return answer
}

function keptAnswer([, status, body, row, version]: Row): keys.StoredAnswer {
  return {
    status: Number(status),
    body: typeof body === 'string' ? body : null,
    row: typeof row === 'string' ? row : null,
    version: typeof version === 'number' ? version : null,
  }
}
