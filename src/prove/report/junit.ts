/** The report that CI systems read. */

import type { Result } from '../verdict.ts'
import { escaped } from './escape.ts'
import { attackText, countsOf, figuresText, subjectText } from './words.ts'

export function junitReport(seed: number, results: readonly Result[]): string {
  const { fail, error, 'not-applicable': none } = countsOf(results)
  const counts = `tests="${results.length}" failures="${fail}" errors="${error}" skipped="${none}"`
  const seconds = results.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mettle prove" ${counts} time="${seconds.toFixed(3)}">
  <testsuite name="mettle prove --seed ${seed}" ${counts} time="${seconds.toFixed(3)}">
${results.map(testCase).join('\n')}
  </testsuite>
</testsuites>
`
}

function testCase(result: Result): string {
  const { drill, group, durationMs, replay } = result
  const names = `name="${escaped(`${drill}: ${subjectText(result)}`)}" classname="${escaped(group)}"`
  const output = [attackText(result), figuresText(result.figures), replay].join('\n')
  return `    <testcase ${names} time="${(durationMs / 1_000).toFixed(3)}">
${told[result.verdict](escaped(result.reason))}      <system-out>${escaped(output)}</system-out>
    </testcase>`
}

const told: Readonly<Record<Result['verdict'], (reason: string) => string>> = {
  pass: () => '',
  fail: reason => `      <failure message="${reason}"/>\n`,
  error: reason => `      <error message="${reason}"/>\n`,
  'not-applicable': reason => `      <skipped message="${reason}"/>\n`,
}
