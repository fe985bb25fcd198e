/** How the checks of this repository tell what they found. */

import { renderFinding } from './source.ts'
import type { Finding } from './source.ts'

/** Whether the module was started by itself: `node tools/tidy.ts`. */
export function isMain(meta: { readonly main?: boolean }): boolean {
  return meta.main === true
}

/** Prints every finding, or one line that says there is none, and sets the exit code. */
export function exitWith(check: string, findings: readonly Finding[]): void {
  for (const finding of findings) process.stdout.write(`${renderFinding(finding)}\n`)
  const count = findings.length
  process.stdout.write(count === 0 ? `${check}: clean\n` : `${check}: ${count} to mend\n`)
  process.exitCode = count === 0 ? 0 : 1
}
