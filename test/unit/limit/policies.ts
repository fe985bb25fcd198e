/** Policies for the tests of the limiter, as a model would have them. */

import { createPolicySets, type LimitPolicy } from '../../../src/engine/limit/policy.ts'
import type { LimitModel } from '../../../src/model/model.ts'

export function limit(name: string, quota: number, more: Partial<LimitModel> = {}): LimitModel {
  return { name, by: 'caller', quota, windowSeconds: 60, operations: null, ...more }
}

export function policy(name: string, quota: number, windowSeconds = 60): LimitPolicy {
  const sets = createPolicySets([limit(name, quota, { windowSeconds })])
  return sets.ordinary.policies[0]!
}
