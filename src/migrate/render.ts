/** A migration as text for people and for `psql`: every step with its reason and its SQL. */

import type { Step } from './step.ts'

/** Comments and statements; runs as it stands with `psql -f`. */
export function renderPlan(steps: readonly Step[]): string {
  if (steps.length === 0) return '-- nothing to do: the database is as declared\n'
  return steps.map((one, at) => renderStep(one, at + 1, steps.length)).join('\n')
}

function renderStep(one: Step, number: number, total: number): string {
  const kind = one.kind === 'safe' ? '' : ` [${one.kind}]`
  const statements = one.statements.map(statement => `${statement};`)
  const body =
    one.inTransaction && statements.length > 1 ? ['begin;', ...statements, 'commit;'] : statements
  return [
    `-- ${number}/${total} ${one.name}${kind}`,
    `-- ${one.reason}`,
    ...(one.lock === 'none' ? [] : [`-- lock: ${one.lock}`]),
    ...body,
    '',
  ].join('\n')
}
