/** Runs read plans as the engine does, alone and in a batch. */

import type { Caller } from '../../../src/base/caller.ts'
import type { Parameter, ReadPlan, ReadShape } from '../../../src/sql/plan.ts'
import type { Session } from './tables.ts'

export interface Request {
  readonly values: readonly unknown[]
  readonly caller: Caller
}

interface ListPage {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly next: readonly (string | null)[] | null
}

export function shapeOf(
  resource: string,
  form: ReadShape['form'],
  rest: Partial<ReadShape> = {},
): ReadShape {
  return { resource, form, fields: null, expand: [], filters: [], sort: [], after: false, ...rest }
}

/** `-priority` and `subject` as sort keys. */
export function sortOf(...keys: readonly string[]): ReadShape['sort'] {
  return keys.map(key => ({ field: key.replace(/^-/, ''), descending: key.startsWith('-') }))
}

export function expandOf(
  name: string,
  rest: { fields?: readonly string[]; expand?: ReadShape['expand'] } = {},
): ReadShape['expand'][number] {
  return { name, fields: rest.fields ?? null, expand: rest.expand ?? [] }
}

function bound({ source }: Parameter, { values, caller }: Request): unknown {
  return source.from === 'caller' ? caller.id : values[source.at]
}

export function valuesOf(plan: ReadPlan, request: Request): unknown[] {
  return plan.parameters.map(parameter => bound(parameter, request))
}

export async function runAlone(
  session: Session,
  plan: ReadPlan,
  request: Request,
): Promise<unknown[] | undefined> {
  const [row] = await session.run(plan.text, valuesOf(plan, request))
  return row
}

/** Arrays of the parameters, and the request numbers. */
export function batchValuesOf(plan: ReadPlan, requests: readonly Request[]): unknown[] {
  const columns = plan.parameters.map(parameter => requests.map(each => bound(parameter, each)))
  return [...columns, requests.map((_, number) => number)]
}

/** One row, or undefined, for each request. */
export async function runBatch(
  session: Session,
  plan: ReadPlan,
  requests: readonly Request[],
): Promise<(unknown[] | undefined)[]> {
  if (plan.batch === null) throw new Error(`the plan ${plan.key} has no batched form`)
  const rows = await session.run(plan.batch, batchValuesOf(plan, requests))
  const answers: (unknown[] | undefined)[] = requests.map(() => undefined)
  for (const [number, ...row] of rows) answers[Number(number)] = row
  return answers
}

export async function readPage(
  session: Session,
  plan: ReadPlan,
  request: Request,
): Promise<ListPage> {
  const row = await runAlone(session, plan, request)
  const [body, next] = row ?? []
  return {
    rows: JSON.parse(String(body)),
    next: typeof next === 'string' ? JSON.parse(next) : null,
  }
}

export async function readOne(
  session: Session,
  plan: ReadPlan,
  request: Request,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const row = await runAlone(session, plan, request)
  return row === undefined ? undefined : JSON.parse(String(row[0]))
}
