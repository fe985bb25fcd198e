/** The stage that decides what is known without rows; the rest is the residual of the plan. */

import type { Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import type { RuleNode } from '../../declare/rule.ts'
import { residual } from '../../sql/residual.ts'

/** Throws `identify.required` for nobody in particular and `authorise.denied` for somebody who may not. */
export function authorise(rule: RuleNode, caller: Caller): void {
  if (residual(rule, caller) !== false) return
  throw problem(caller.kind === 'anonymous' ? 'identify.required' : 'authorise.denied')
}
