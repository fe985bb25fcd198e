/** The stage that decides what is known without rows; the rest is the residual of the plan. */

import { denialCode } from '../../base/caller.ts'
import type { Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import type { Model } from '../../model/model.ts'
import type { Operation } from '../operation.ts'
import { guardOf } from './operations.ts'
import { checkScope } from './scopes.ts'

/**
 * Throws `identify.required` for nobody in particular, `authorise.denied` for somebody who may not,
 * and `authorise.out-of-scope` for somebody who may, but not with this API key.
 */
export function authorise(model: Model, operation: Operation, caller: Caller): void {
  if (guardOf(model, operation, caller) === false) throw problem(denialCode(caller))
  checkScope(model, operation, caller)
}
