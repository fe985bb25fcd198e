/** Figures of groups of rows: filters and conditions to a plan, the groups as they come. */

import { limits } from '../../base/limits.ts'
import { Faults } from '../../model/faults.ts'
import { readFilter } from '../../model/filter.ts'
import { termText } from '../../model/measures.ts'
import type { FieldModel } from '../../model/model.ts'
import { compileAggregate } from '../../sql/aggregate.ts'
import type { HavingInput, Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import { readingOf } from './arguments.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { filterValue, pageSize } from './list.ts'
import { noInput, type Statement } from './work.ts'

type AggregateOperation = Extract<Operation, { kind: 'aggregate' }>

/** Compiled for each request: reading every row takes so long that compiling is little to it. */
export function prepareAggregate(
  engine: Engine,
  { resource: name, aggregate }: AggregateOperation,
  request: OperationRequest,
  { caller }: RequestFacts,
): Statement {
  const { select, group, filters, having, sort } = aggregate
  const resource = engine.model.resources.get(name)!
  const shape = {
    resource: name,
    select,
    group,
    filters: filters.map(({ field, operator }) => ({ field, operator })),
    having: having.map(({ term, operator }) => ({ term, operator })),
    sort,
  }
  const { plan, figures } = compileAggregate(engine.model, shape, caller)
  const reading = readingOf[request.wire]
  const faults = new Faults('query')
  const read = ({ term, operator, value }: HavingInput, figure: FieldModel): unknown => {
    const place = operator === 'eq' ? termText(term) : `${termText(term)}[${operator}]`
    return readFilter(reading, figure, operator, value, place, faults)
  }
  const values = [
    ...filters.map(filter => filterValue(resource, filter, reading, faults)),
    ...having.map((each, at) => read(each, figures[at]!)),
    pageSize(aggregate.limit, sizes, faults),
  ]
  faults.throwIfAny()
  const work: Statement = {
    kind: 'statement',
    id: null,
    input: noInput,
    withInput: () => work,
    output: answer => {
      const { data }: { readonly data: unknown } = JSON.parse(answer.body!)
      return data
    },
    once: null,
    run: async store => {
      const [groups, more] = (await store.read(plan, values, caller, request.signal)) ?? []
      return bodyAnswer(`{"data":${String(groups)},"more":${String(more)}}`, caller)
    },
  }
  return work
}

const sizes = { unlessAsked: limits.aggregateGroupsDefault, most: limits.aggregateGroupsMax }
