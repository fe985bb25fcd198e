/** What reports say of a result, in words that all of them share. */

import type { Figures } from '../drill.ts'
import type { Result, Verdict } from '../verdict.ts'

/** `acked 1,204 · lost 0 · recovery 310 ms`. */
export function figuresText(figures: Figures): string {
  return figureWords(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')
}

/** Names and values as a person reads them. */
export function figureWords(figures: Figures): readonly (readonly [name: string, value: string])[] {
  return Object.entries(figures).map(([name, value]) => figureWord(name, value))
}

const units: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/Ms$/, ' ms'],
  [/Seconds$/, ' s'],
  [/Percent$/, ' %'],
  [/Bytes$/, ' bytes'],
]

function figureWord(name: string, value: Figures[string]): readonly [string, string] {
  const [ending, unit] = units.find(([each]) => each.test(name)) ?? [null, '']
  const words = (ending === null ? name : name.replace(ending, ''))
    .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
    .toLowerCase()
  return [words, `${valueText(value)}${unit}`]
}

function valueText(value: Figures[string]): string {
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
}

/** What was tried, and how much of it was under way. */
export function attackText({ attack, inFlight }: Result): string {
  const flying = inFlight === null ? '' : `; ${valueText(inFlight)} in flight at the fault`
  return `${attack}${flying}`
}

export function countsOf(results: readonly Result[]): Readonly<Record<Verdict, number>> {
  const counts: Record<Verdict, number> = { pass: 0, fail: 0, error: 0, 'not-applicable': 0 }
  for (const { verdict } of results) counts[verdict] += 1
  return counts
}

export function summaryText(results: readonly Result[]): string {
  const { pass, fail, error, 'not-applicable': none } = countsOf(results)
  return [
    `${pass} of ${pass + fail + error} passed`,
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(error > 0 ? [`${error} came to no result`] : []),
    ...(none > 0 ? [`${none} do not apply`] : []),
  ].join(', ')
}
