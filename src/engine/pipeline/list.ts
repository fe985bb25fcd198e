/** Listing rows: filters and sort to a plan, cursors to values. */

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import { Faults } from '../../model/faults.ts'
import { codec } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'
import { type CursorBinding, openCursor, signCursor } from '../../sql/cursor.ts'
import type { ReadPlan, ReadShape } from '../../sql/plan.ts'
import type { Row } from '../../ports/database.ts'
import type { FilterInput, Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import type { Engine } from './engine.ts'
import { listOutput } from './outputs.ts'
import { shapeOfList } from './read-shapes.ts'
import type { Statement } from './work.ts'

export type ListOperation = Extract<Operation, { kind: 'list' }>

export function prepareList(
  engine: Engine,
  operation: ListOperation,
  request: OperationRequest,
  caller: Caller,
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
  const plan = engine.planRead(shape, caller)
  const faults = new Faults('query')
  const filterValues = list.filters.map(filter =>
    filterValue(resource, filter, request.wire, faults),
  )
  const limit = pageSize(list.limit, faults)
  faults.throwIfAny()
  const binding = bindingOf(shape, plan, filterValues)
  const start = list.after === null ? [] : openCursor(engine.cursorKey, binding, list.after)
  const values = [...filterValues, ...start, limit]
  const work: Statement = {
    kind: 'statement',
    id: null,
    input: undefined,
    withInput: () => work,
    output: answer => listOutput(resource.fields, answer),
    run: async store => {
      const row = await store.read(plan, values, caller, request.signal)
      return bodyAnswer(pageBody(engine, binding, row), caller)
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

function pageBody(engine: Engine, binding: CursorBinding, row: Row | undefined): string {
  const [rows, last] = row as [string, string | null]
  const next = last === null ? 'null' : JSON.stringify(signCursor(engine.cursorKey, binding, last))
  return `{"data":${rows},"next":${next}}`
}

/** The plan was compiled, so field and operator fit; what is left to check is the value. */
function filterValue(
  resource: ResourceModel,
  filter: FilterInput,
  wire: OperationRequest['wire'],
  faults: Faults,
): unknown {
  const { operator, value } = filter
  const field = resource.field.get(filter.field)!
  const place = operator === 'eq' ? filter.field : `${filter.field}[${operator}]`
  if (operator === 'isNull') return truth(value, place, faults)
  if (operator !== 'in') return oneValue(field, value, wire, place, faults)
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (items.length > limits.filterInMax) {
    return faults.add(place, 'too-long', `may name at most ${limits.filterInMax} values`)
  }
  return items.map(item => oneValue(field, item, wire, place, faults))
}

/** A filter value is held to the field's form but not to its bounds: no row has what is out of bounds. */
function oneValue(
  field: FieldModel,
  value: unknown,
  wire: OperationRequest['wire'],
  place: string,
  faults: Faults,
): unknown {
  const canonical = codec.read(wire === 'text' ? 'parse' : 'check', field, value, place, faults)
  return faults.any ? null : codec.encode(field, canonical)
}

function truth(value: unknown, place: string, faults: Faults): boolean {
  if (value === true || value === 'true') return true
  if (value !== false && value !== 'false') faults.add(place, 'type', 'must be true or false')
  return false
}

function pageSize(asked: number | string | null, faults: Faults): number {
  if (asked === null) return limits.listLimitDefault
  const size =
    typeof asked === 'number' ? asked : /^\d{1,9}$/.test(asked) ? Number(asked) : Number.NaN
  if (Number.isInteger(size) && size >= 1 && size <= limits.listLimitMax) return size
  faults.add('limit', 'too-large', `must be a whole number from 1 to ${limits.listLimitMax}`)
  return limits.listLimitDefault
}
