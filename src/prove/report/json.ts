/** The report for programs. */

import type { Result } from '../verdict.ts'

export function jsonReport(seed: number, results: readonly Result[]): string {
  const drills = results.map(({ drill, promise, verdict, figures, reason }) => {
    return { drill, promise, verdict, figures, reason }
  })
  return `${JSON.stringify({ seed, drills }, asText, 2)}\n`
}

/** JSON has no word for a time that never came. */
function asText(_: string, value: unknown): unknown {
  return value === Infinity ? 'never' : value
}
