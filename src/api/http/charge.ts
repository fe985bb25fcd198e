/** What a refusal costs: requests that fail before anybody counts them are counted here. */

import { Problem, type ProblemCode } from '../../base/errors.ts'
import { countedFailure, type Decision, limitExceeded } from '../../engine/limit/limiter.ts'

/** Takes a request from the buckets of an address. */
export type Charge = (address: string) => Decision | Promise<Decision>

const invalid: ReadonlySet<string> = new Set([
  'identify.invalid-token',
  'identify.invalid-key',
] satisfies readonly ProblemCode[])

/**
 * Whether a failure came before the limit stage, which serves whoever is known and leaves word of
 * the limit: faults of the wire and bad tokens. Only those are charged, so that a request that
 * succeeds asks one bucket.
 */
function isUncounted(failure: unknown): boolean {
  if (!(failure instanceof Problem) || Object.hasOwn(failure.headers, 'ratelimit')) return false
  return failure.code.startsWith('wire.') || invalid.has(failure.code)
}

/**
 * Gives `fail` the failure, or `limit.exceeded` where its address has failed too often. Where the
 * bucket cannot be asked, the failure stands.
 */
export function chargeFailure(
  charge: Charge | null,
  address: () => string,
  failure: unknown,
  fail: (failure: unknown) => void,
): void {
  if (charge === null || !isUncounted(failure)) return fail(failure)
  const judge = (decision: Decision) =>
    fail(decision.allowed ? countedFailure(failure, decision) : limitExceeded(decision))
  const taken = charge(address())
  if (taken instanceof Promise) taken.then(judge, () => fail(failure))
  else judge(taken)
}
