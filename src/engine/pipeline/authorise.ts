/** The stage that decides what is known without rows; the rest is the residual of the plan. */

import { denialCode } from '../../base/caller.ts'
import type { Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import type { Residual } from '../../sql/residual.ts'

/**
 * `rest` is what remains of the operation's rule for the caller. Throws `identify.required` for
 * nobody in particular and `authorise.denied` for somebody who may not.
 */
export function authorise(rest: Residual, caller: Caller): void {
  if (rest !== false) return
  throw problem(denialCode(caller))
}
