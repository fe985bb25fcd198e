/**
 * The idempotency key of an operation that is a whole transaction: claimed first, answered last.
 */

import { hash } from 'node:crypto'
import type { Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import type { Row } from '../../ports/database.ts'
import * as keys from '../../sql/write/idempotency.ts'
import type { DataScope, WriteInput } from '../data/data.ts'
import type { Answer, OperationRequest } from '../operation.ts'
import { storedAnswer } from './answers.ts'
import type { Once } from './work.ts'

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
 * A key belongs to its caller. Nobody in particular is everybody: a stranger who guessed a key
 * would be given another's answer. Throws `wire.invalid-header`.
 */
export function checkKeyOwner(
  { idempotencyKey }: Pick<OperationRequest, 'idempotencyKey'>,
  caller: Caller,
): void {
  if (idempotencyKey === null || caller.kind !== 'anonymous') return
  const detail = 'Idempotency-Key is for callers who are signed in.'
  throw problem('wire.invalid-header', { detail })
}

/** Null where nothing is to run only once. */
export function claimOf(
  once: Once | null,
  request: OperationRequest,
  caller: Caller,
): KeyClaim | null {
  const key = once === null ? null : keyOf(request)
  return once === null || key === null ? null : { ...key, caller, operation: once.operation }
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
  const stored = claimed.length > 0 ? null : await findAnswer(scope, claim)
  if (stored !== null) return replay(stored)
  const answer = await run()
  await transaction.run(keys.storeAnswer(claim, storedAnswer(answer)))
  return answer
}

/** What the request that had the key was answered. Throws `run.idempotency-mismatch`. */
export async function findAnswer(
  { transaction }: DataScope,
  claim: KeyClaim,
): Promise<keys.StoredAnswer | null> {
  const [row] = await transaction.run(keys.readAnswer(claim))
  if (row === undefined) return null
  if (row[0] !== claim.hash) throw problem('run.idempotency-mismatch')
  return keptAnswer(row)
}

function keptAnswer([, status, body, row, version]: Row): keys.StoredAnswer {
  return {
    status: Number(status),
    body: typeof body === 'string' ? body : null,
    row: typeof row === 'string' ? row : null,
    version: typeof version === 'number' ? version : null,
  }
}
