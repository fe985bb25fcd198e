/** What a bench run prints and keeps. */

import type { Comparison, Figures } from './rounds.ts'

export interface WorkloadResult extends Comparison {
  readonly name: string
  readonly title: string
  readonly connections: number
}

export function renderTable(results: readonly WorkloadResult[]): string {
  const head = [
    'workload',
    'conn',
    'ratio',
    '(min-max)',
    'side',
    'req/s',
    'p50 ms',
    'p99 ms',
    'CPU s/1000 server',
    'postgres',
    'RSS MB',
    'failed',
  ]
  const rows = results.flatMap(result => [
    [
      `${result.name} ${result.title}`,
      String(result.connections),
      `${result.ratio.toFixed(2)}x`,
      `(${result.ratioMin.toFixed(2)}-${result.ratioMax.toFixed(2)})`,
      'mettle',
      ...cells(result.mettle),
    ],
    ['', '', '', '', 'rival', ...cells(result.rival)],
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map(row => row[at]!.length)))
  return [head, ...rows]
    .map(row =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(figures: Figures): string[] {
  return [
    figures.requestsPerSecond.toFixed(0),
    figures.p50Ms.toFixed(2),
    figures.p99Ms.toFixed(2),
    figures.serverCpu.toFixed(3),
    figures.postgresCpu.toFixed(3),
    figures.residentMegabytes.toFixed(0),
    String(figures.failed),
  ]
}

/**
 * `{ "W1": { "mettle": rps, "rival": rps, "ratio": r, … } }`; other connection counts as `W1@8`.
 */
export function renderJson(results: readonly WorkloadResult[], mainConnections: number): string {
  const entries = results.map(result => [
    result.connections === mainConnections ? result.name : `${result.name}@${result.connections}`,
    {
      mettle: round(result.mettle.requestsPerSecond),
      rival: round(result.rival.requestsPerSecond),
      ratio: round(result.ratio),
      ratioMin: round(result.ratioMin),
      ratioMax: round(result.ratioMax),
      connections: result.connections,
      figures: { mettle: roundAll(result.mettle), rival: roundAll(result.rival) },
    },
  ])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}

function roundAll(figures: Figures): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]: [string, number]) => [name, round(value)]),
  )
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
