/** The report for programs. */

import type { Result } from '../verdict.ts'

/** `leftBehind`: what a run made in a backend that is not ours and could not delete; else null. */
export function jsonReport(
  seed: number,
  results: readonly Result[],
  leftBehind: readonly string[] | null,
): string {
  const drills = results.map(({ drill, promise, verdict, figures, reason }) => {
    return { drill, promise, verdict, figures, reason }
  })
  return `${JSON.stringify({ seed, drills, ...(leftBehind !== null && { leftBehind }) }, asText, 2)}\n`
}

/** JSON has no word for a time that never came. */
function asText(_: string, value: unknown): unknown {
  return value === Infinity ? 'never' : value
}
