/** What PostgreSQL really did to answer a plan. */

import assert from 'node:assert/strict'
import type { ReadPlan } from '../../../src/sql/plan.ts'
import { batchValuesOf, valuesOf, type Request } from './running.ts'
import type { Session } from './tables.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Join Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

interface Evidence {
  /** Rows that some filter fetched and dropped. */
  readonly removed: number
  /** Rows that scans of tables and indexes gave. */
  readonly scanned: number
  readonly buffers: number
  readonly text: string
}

let statements = 0

/** Runs the plan as a prepared statement with a generic plan, as lanes do. */
export async function explain(
  session: Session,
  plan: ReadPlan,
  request: Request,
): Promise<Evidence> {
  return explainText(session, plan.text, valuesOf(plan, request))
}

/** The same of the batched form. */
export async function explainBatch(
  session: Session,
  plan: ReadPlan,
  requests: readonly Request[],
): Promise<Evidence> {
  return explainText(session, plan.batch!, batchValuesOf(plan, requests))
}

async function explainText(
  session: Session,
  text: string,
  values: readonly unknown[],
): Promise<Evidence> {
  const name = `explained_${++statements}`
  await session.run(`prepare ${name} as ${text}`)
  const literals = values.map(literal)
  const execute = `execute ${name}${values.length === 0 ? '' : `(${literals.join(', ')})`}`
  // The first run plans; the second one shows what every later run reads.
  await session.run(execute)
  const [row] = await session.run(
    `explain (analyze, buffers, timing off, summary off, format json) ${execute}`,
  )
  await session.run(`deallocate ${name}`)
  const [explained]: { Plan: PlanNode }[] = JSON.parse(String(row?.[0]))
  const nodes = [...walk(explained!.Plan)]
  const sum = (count: (node: PlanNode) => number) =>
    nodes.reduce((total, node) => total + count(node) * node['Actual Loops'], 0)
  return {
    removed: sum(
      node =>
        (node['Rows Removed by Filter'] ?? 0) +
        (node['Rows Removed by Join Filter'] ?? 0) +
        (node['Rows Removed by Index Recheck'] ?? 0),
    ),
    scanned: sum(node =>
      node['Node Type'].endsWith(' Scan') && !/^(Subquery|Function)/.test(node['Node Type'])
        ? node['Actual Rows']
        : 0,
    ),
    buffers: explained!.Plan['Shared Hit Blocks'] + explained!.Plan['Shared Read Blocks'],
    text: JSON.stringify(explained, null, 1),
  }
}

function* walk(node: PlanNode): Generator<PlanNode> {
  yield node
  for (const child of node.Plans ?? []) yield* walk(child)
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  const text = Array.isArray(value) ? `{${value.join(',')}}` : value
  assert.ok(typeof text === 'string' || typeof text === 'number')
  return `'${text}'`
}
