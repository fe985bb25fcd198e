/** Listing rows: filters and sort to a plan, cursors to values. */

import type { Caller } from '../../base/caller.ts'
import { Problem, problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { fieldNamed } from '../../model/document-path.ts'
import { Faults } from '../../model/faults.ts'
import { readFilter } from '../../model/filter.ts'
import type { Reading } from '../../model/kinds/codec.ts'
import type { ResourceModel } from '../../model/model.ts'
import { compileCount } from '../../sql/count.ts'
import { type CursorBinding, openCursor, signCursor } from '../../sql/cursor.ts'
import type { ReadPlan, ReadShape } from '../../sql/plan.ts'
import type { Row } from '../../ports/database.ts'
import type { FilterInput, Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import { readingOf } from './arguments.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { listOutput } from './outputs.ts'
import { shapeOfList } from './read-shapes.ts'
import { noInput, type Statement } from './work.ts'

type ListOperation = Extract<Operation, { kind: 'list' }>

export function prepareList(
  engine: Engine,
  operation: ListOperation,
  request: OperationRequest,
  { caller }: RequestFacts,
): Statement {
  const resource = engine.model.resources.get(operation.resource)!
  const { list } = operation
  const shape = shapeOfList(
    resource.name,
    operation.view,
    list.filters,
    list.sort,
    list.after !== null,
  )
  const faults = new Faults('query')
  const filterValues = list.filters.map(filter =>
    filterValue(resource, filter, readingOf[request.wire], faults),
  )
  const limit = pageSize(list.limit, sizes, faults)
  const plan = planBeside(faults, engine, shape, caller)
  faults.throwIfAny()
  const binding = bindingOf(shape, plan, filterValues)
  const start = list.after === null ? [] : openCursor(engine.cursorKey, binding, list.after)
  const values = [...filterValues, ...start, limit]
  const counting = list.total ? countPlan(engine, shape, caller) : null
  const work: Statement = {
    kind: 'statement',
    id: null,
    input: noInput,
    withInput: () => work,
    output: answer => listOutput(resource.fields, answer),
    once: null,
    run: async store => {
      const row = await store.read(plan, values, caller, request.signal)
      const page = pageBody(engine, binding, row)
      if (counting === null) return bodyAnswer(`${page}}`, caller)
      const counted = await store.read(counting, filterValues, caller, request.signal)
      return bodyAnswer(`${page},"total":${totalJson(counted)}}`, caller)
    },
  }
  return work
}

function bindingOf(
  shape: ReadShape,
  plan: ReadPlan,
  filterValues: readonly unknown[],
): CursorBinding {
  return { resource: shape.resource, filters: shape.filters, filterValues, order: plan.order }
}

/** Without its end. */
function pageBody(engine: Engine, binding: CursorBinding, row: Row | undefined): string {
  const [rows, last] = row ?? []
  const cursor = typeof last === 'string' ? signCursor(engine.cursorKey, binding, last) : null
  return `{"data":${String(rows)},"next":${JSON.stringify(cursor)}`
}

/** One row more than the bound tells that there are more. */
function countPlan(engine: Engine, { resource, filters }: ReadShape, caller: Caller): ReadPlan {
  return compileCount(engine.model, { resource, filters, most: limits.totalRowsMax + 1 }, caller)
}

function totalJson(row: Row | undefined): string {
  const rows = Number(row?.[0])
  const exact = rows <= limits.totalRowsMax
  return JSON.stringify({ rows: Math.min(rows, limits.totalRowsMax), exact })
}

/** Faults of names and faults of values are told together, one for each parameter. */
function planBeside(faults: Faults, engine: Engine, shape: ReadShape, caller: Caller): ReadPlan {
  try {
    return engine.planRead(shape, caller)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'validate.query') throw error
    const named = new Set(error.errors.map(({ parameter }) => parameter))
    const others = faults.list.filter(({ parameter }) => !named.has(parameter))
    const errors = [...error.errors, ...others].slice(0, limits.faultsReportedMax)
    throw problem('validate.query', { errors })
  }
}

/** Whether there is such a field, and whether it can be compared so, is for the plan to tell. */
export function filterValue(
  resource: ResourceModel,
  { field, operator, value }: FilterInput,
  reading: Reading,
  faults: Faults,
): unknown {
  const place = operator === 'eq' ? field : `${field}[${operator}]`
  const compared = fieldNamed(resource.field, field)
  if (compared === undefined) return undefined
  return readFilter(reading, compared, operator, value, place, faults)
}

const sizes: Sizes = { unlessAsked: limits.listLimitDefault, most: limits.listLimitMax }

interface Sizes {
  readonly unlessAsked: number
  readonly most: number
}

/** How many of a list, or of its groups, are asked for. */
export function pageSize(
  asked: number | string | null,
  { unlessAsked, most }: Sizes,
  faults: Faults,
): number {
  if (asked === null) return unlessAsked
  const size = typeof asked === 'number' || /^-?\d+$/.test(asked) ? Number(asked) : Number.NaN
  if (Number.isInteger(size) && size >= 1 && size <= most) return size
  const code = size < 1 ? 'too-small' : size > most ? 'too-large' : 'format'
  faults.add('limit', code, `must be a whole number from 1 to ${most}`)
  return unlessAsked
}
