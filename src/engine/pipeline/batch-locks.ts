/** Rows that a batch will change, taken before its first change and always in the same order. */

import type { Caller } from '../../base/caller.ts'
import { isUuid } from '../../base/uuid.ts'
import { bindRead } from '../data/bind.ts'
import type { DataScope } from '../data/data.ts'
import type { OperationRequest } from '../operation.ts'
import type { Engine } from './engine.ts'

const changesOneRow: ReadonlySet<string> = new Set(['replace', 'update', 'delete'])

/**
 * Two batches that change the same rows in crossing orders would each wait for the other, which
 * PostgreSQL finds out only after its `deadlock_timeout`. One change alone needs no order. Rows
 * that the caller may not read are left alone, and so is what is known only later.
 */
export async function holdRows(
  { planLock }: Pick<Engine, 'planLock'>,
  requests: readonly OperationRequest[],
  caller: Caller,
  scope: DataScope,
): Promise<void> {
  const wanted = new Map<string, Set<string>>()
  for (const { operation } of requests) {
    if (!changesOneRow.has(operation.kind)) continue
    if (!('id' in operation) || !isUuid(operation.id)) continue
    const ids = wanted.get(operation.resource) ?? new Set()
    wanted.set(operation.resource, ids.add(operation.id.toLowerCase()))
  }
  const count = [...wanted.values()].reduce((sum, { size }) => sum + size, 0)
  if (count < 2) return
  for (const resource of [...wanted.keys()].toSorted()) {
    const plan = planLock(resource, caller)
    const values = bindRead(plan, { values: [[...wanted.get(resource)!]], caller })
    await scope.transaction.run({ text: plan.text, values })
  }
}
