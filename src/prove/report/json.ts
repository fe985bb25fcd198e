/** The report for programs. */

import type { Result } from '../verdict.ts'

export function jsonReport(seed: number, results: readonly Result[]): string {
  const drills = results.map(({ drill, promise, verdict, figures, reason }) => {
    return { drill, promise, verdict, figures, reason }
  })
  return `${JSON.stringify({ seed, drills }, null, 2)}\n`
}
