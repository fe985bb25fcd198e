/** What a person reads when the backend is up: URLs, accounts, what is embedded. */

import { styleText } from 'node:util'
import type { WorkerSummary } from './messages.ts'

export interface BannerFacts {
  readonly summary: WorkerSummary
  readonly url: string
  readonly docs: 'on' | 'off'
  /** Where health and metrics are answered. */
  readonly service: { readonly health: string; readonly metrics: string }
  readonly mode: 'development' | 'production'
  /** Where the embedded PostgreSQL keeps its data; null when an external one is used. */
  readonly embedded: { readonly directory: string; readonly note: string | null } | null
  readonly workers: number
  /** Null when the start has waited for a person. */
  readonly startedMs: number | null
  /** Why types are not checked beside; null when they are, or need not be. */
  readonly types: string | null
}

type Row = readonly [name: string, text: string | null]

/**
 * The first line is for programs that wait for it: `shop is ready at http://…`. In production there
 * is little more, because standard output belongs to the log.
 */
export function renderBanner(facts: BannerFacts): string {
  const { summary, url, startedMs } = facts
  const took = startedMs === null ? '' : styleText('dim', ` (${startedMs} ms)`)
  const ready = styleText('bold', `${summary.name} is ready at ${url}`) + took
  const brief = [...serviceRows(facts).filter(isApart(facts)), ...databaseRows(facts)]
  const rows = facts.mode === 'production' ? brief : allRows(facts)
  const notes = summary.notes.map((note, at): Row => [at === 0 ? 'Notes' : '', note])
  return [ready, '', ...table([...rows, ...notes]), ...accountLines(summary), ''].join('\n')
}

function allRows(facts: BannerFacts): readonly Row[] {
  const { summary, url, docs, workers, types } = facts
  const { openResource } = summary
  const example =
    openResource === null ? '' : `   for example ${url}/api/v1/${openResource}?limit=3`
  return [
    ['API', `${url}/api/v1${example}`],
    ['Docs', docs === 'on' ? `${url}/docs` : null],
    ['OpenAPI', docs === 'on' ? `${url}/openapi.json` : null],
    ...serviceRows(facts),
    ['Resources', listOf(summary.resources)],
    ['Commands', listOf(summary.commands)],
    ['Queries', listOf(summary.queries)],
    ...databaseRows(facts),
    ['Types', types],
    ['Workers', workers === 1 ? null : String(workers)],
  ]
}

function serviceRows({ service }: BannerFacts): readonly (readonly [string, string])[] {
  return [
    ['Health', service.health],
    ['Metrics', service.metrics],
  ]
}

/** Whether a row leads to another listener than the public one. */
function isApart({ url }: BannerFacts): (row: readonly [string, string]) => boolean {
  return ([, place]) => !place.startsWith(`${url}/`)
}

function databaseRows({ embedded, mode }: BannerFacts): readonly Row[] {
  if (embedded === null) return [['Database', 'external, from DATABASE_URL']]
  return [
    ['Database', `embedded PostgreSQL in ${embedded.directory}`],
    ['', usesOfEmbedded[mode]],
    ['', embedded.note],
  ]
}

const usesOfEmbedded: Readonly<Record<BannerFacts['mode'], string>> = {
  development: 'for development; in production set DATABASE_URL',
  production: 'for this machine alone: keep the folder, and back it up',
}

function table(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.flatMap(([name, text]) =>
    text === null ? [] : [`  ${styleText('dim', name.padEnd(width))}  ${text}`],
  )
}

function accountLines({ accounts }: WorkerSummary): readonly string[] {
  if (accounts.length === 0) return []
  const width = (cells: readonly string[]) => Math.max(...cells.map(cell => cell.length))
  const emailWidth = width(accounts.map(({ email }) => email))
  const passwordWidth = width(accounts.map(({ password }) => password))
  return [
    '',
    '  Demo accounts (e-mail, password, roles):',
    ...accounts.map(({ email, password, roles }) =>
      `  ${email.padEnd(emailWidth)}  ${password.padEnd(passwordWidth)}  ${roles.join(', ')}`.trimEnd(),
    ),
  ]
}

function listOf(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ')
}
