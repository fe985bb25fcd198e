/** What a person reads when the backend is up: URLs, accounts, what is embedded. */

import { styleText } from 'node:util'
import type { WorkerSummary } from './messages.ts'

export interface BannerFacts {
  readonly summary: WorkerSummary
  readonly url: string
  readonly mode: 'development' | 'production'
  /** Where the embedded PostgreSQL keeps its data; null when an external one is used. */
  readonly embedded: { readonly directory: string; readonly note: string | null } | null
  readonly workers: number
  readonly startedMs: number
}

/** The first line is for programs that wait for it: `shop is ready at http://…`. */
export function renderBanner(facts: BannerFacts): string {
  const { summary, url } = facts
  const example = summary.resources[0]
  const rows: readonly (readonly [string, string | null])[] = [
    [
      'API',
      `${url}/api/v1${example === undefined ? '' : `   for example ${url}/api/v1/${example}?limit=3`}`,
    ],
    ['OpenAPI', `${url}/openapi.json`],
    ['Health', `${url}/health/ready`],
    ['Metrics', `${url}/metrics`],
    ['Resources', listOf(summary.resources)],
    ['Commands', listOf(summary.commands)],
    ['Queries', listOf(summary.queries)],
    ['Database', databaseLine(facts)],
    ['', facts.embedded?.note ?? null],
    ['Workers', facts.workers === 1 ? null : String(facts.workers)],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const shown = rows.flatMap(([name, text]) =>
    text === null ? [] : [`  ${styleText('dim', name.padEnd(width))}  ${text}`],
  )
  const accounts = summary.accounts.map(
    account => `  ${account.email}  ${account.password}  ${listOf(account.roles) ?? 'no role'}`,
  )
  return [
    styleText('bold', `${summary.name} is ready at ${url}`) +
      styleText('dim', ` (${facts.startedMs} ms)`),
    '',
    ...shown,
    ...(accounts.length === 0
      ? []
      : ['', '  Demo accounts (e-mail, password, roles):', ...accounts]),
    ...summary.notes.map(note => `  ${note}`),
    '',
  ].join('\n')
}

function listOf(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ')
}

function databaseLine(facts: BannerFacts): string {
  if (facts.embedded === null) return 'external, from DATABASE_URL'
  const use = facts.mode === 'development' ? 'development' : 'one machine'
  return `embedded PostgreSQL in ${facts.embedded.directory}: for ${use}; in production set DATABASE_URL`
}
