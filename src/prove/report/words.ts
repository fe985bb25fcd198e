/** What reports say of a result, in words that all of them share. */

import type { Figures } from '../drill.ts'
import type { Result, Verdict } from '../verdict.ts'

/** `acked: 1,204 · lost: 0 · recovery: 310 ms`. */
export function figuresText(figures: Figures): string {
  return figureWords(figures)
    .map(([name, value]) => `${name}: ${value}`)
    .join(' · ')
}

/** Names and values as a person reads them. */
export function figureWords(figures: Figures): readonly (readonly [name: string, value: string])[] {
  return Object.entries(figures).map(([name, value]) => figureWord(name, value))
}

/** What the end of a name says of its value. */
const units: readonly (readonly [ending: RegExp, text: (value: number) => string])[] = [
  [/Ms$/, ms => durationText(ms)],
  [/Seconds$/, seconds => `${numberText(seconds)} s`],
  [/Percent$/, percent => `${numberText(percent)} %`],
  [/Bytes$/, bytes => bytesText(bytes)],
]

function figureWord(name: string, value: Figures[string]): readonly [string, string] {
  const [ending, text] = units.find(([each]) => each.test(name)) ?? [null, numberText]
  const words = (ending === null ? name : name.replace(ending, ''))
    .replace(/([a-z])(\d{3})$/, '$1 ($2)')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
  return [words, typeof value === 'number' ? text(value) : valueText(value)]
}

function valueText(value: string | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return value === '' ? 'none' : value
}

function numberText(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 })
}

/** `0.71 ms`, `310 ms`, `12.4 s`, `3 min 20 s`; what never came has no time. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return 'never'
  if (ms < 10) return `${numberText(ms)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function bytesText(bytes: number): string {
  const size = Math.abs(bytes)
  if (size >= 1_000_000) return `${numberText(Math.round(bytes / 100_000) / 10)} MB`
  return size >= 1_000 ? `${numberText(Math.round(bytes / 100) / 10)} kB` : `${bytes} bytes`
}

/** What was tried, and how much of it was under way. */
export function attackText({ attack, inFlight }: Result): string {
  const flying = inFlight === null ? '' : `; ${numberText(inFlight)} in flight at the fault`
  return `${attack}${flying}`
}

/** What the figures below are to be read by: the claim, or what was broken so that it fails. */
export function subjectText({ claim, broke }: Result): string {
  return broke === null ? claim : `Broken here: ${broke}`
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
    ...(none > 0 ? [`${none} ${none === 1 ? 'does' : 'do'} not apply`] : []),
  ].join(', ')
}
