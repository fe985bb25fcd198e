/** Who may delete an account. */

import type { Model } from '../../model/model.ts'
import type { Caller, Callers } from '../callers.ts'
import { admits, type Planted } from './policy.ts'

/** Himself, or a role; null where nobody may. `row` is the account as a row. */
export async function whoMayDelete(
  callers: Callers,
  model: Model,
  victim: Caller,
  row: Planted,
): Promise<Caller | null> {
  const rules = [row.resource.access.read, row.resource.access.delete]
  const roles = (model.identity?.roles ?? []).filter(role => callers.canPlay(role))
  const others = await Promise.all(roles.map(role => callers.withRole(role)))
  const may = (caller: Caller) => rules.every(rule => admits(model, rule, caller, row))
  return [victim, ...others].find(may) ?? null
}
