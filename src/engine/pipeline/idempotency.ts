/** The idempotency key of an operation that is a whole transaction: claimed first, answered last. */

import { problem } from '../../base/errors.ts'
import * as keys from '../../sql/write/idempotency.ts'
import type { DataScope } from '../data/data.ts'
import type { Answer } from '../operation.ts'
import { storedAnswer } from './answers.ts'

export interface ClaimedKey extends keys.KeyOwner {
  /** The fingerprint of the request that the key stands for. */
  readonly hash: string
  /** Of a create: the resource whose row the answer is. */
  readonly creates: string | null
}

/**
 * Null where the key is ours until the transaction ends; else the answer of the request that had it. Waits for a
 * transaction that holds it. Throws `run.idempotency-mismatch`.
 */
export async function claimKey(scope: DataScope, key: ClaimedKey): Promise<Answer | null> {
  const claimed = await scope.transaction.run(keys.claimKey(key, key.hash))
  if (claimed.length > 0) return null
  const [row] = await scope.transaction.run(keys.readAnswer(key))
  const [hash, status, body] = row as [string, number, string | null]
  if (hash !== key.hash) throw problem('run.idempotency-mismatch')
  return storedAnswer(status as Answer['status'], body, key.creates)
}

export async function storeAnswer(
  scope: DataScope,
  key: ClaimedKey,
  answer: Answer,
): Promise<void> {
  await scope.transaction.run(keys.storeAnswer(key, answer.status, answer.body))
}
