/**
 * Running a declared query: the user's SQL, read-only, with checked input. References in it are not
 * looked up: like the value of a filter, one that names no row finds nothing.
 */

import type { QueryModel } from '../../model/model.ts'
import { createPlanQuery } from '../../sql/query.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import { readArguments, readingOf } from './arguments.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { listOutput } from './outputs.ts'
import { callUser } from './user-code.ts'
import type { Statement } from './work.ts'

type QueryOperation = Extract<Operation, { kind: 'query' }>

/** Of the process: plans are pure, and kept by the query that they are of. */
const planQuery = createPlanQuery()

export function prepareQuery(
  engine: Engine,
  operation: QueryOperation,
  request: OperationRequest,
  facts: RequestFacts,
): Statement {
  const query = engine.model.queries.get(operation.name)!
  const input = readArguments(query, readingOf[request.wire], operation.input, facts)
  return statement(query, input, request, facts)
}

function statement(
  query: QueryModel,
  input: unknown,
  request: OperationRequest,
  facts: RequestFacts,
): Statement {
  const { caller } = facts
  return {
    kind: 'statement',
    id: null,
    input: () => input,
    withInput: changed =>
      statement(query, readArguments(query, 'store', changed, facts), request, facts),
    output: answer => listOutput(query.output, answer),
    once: null,
    async run(store) {
      const { plan, values } = planQuery(query, callUser(query.sql, input, { caller }))
      const row = await store.read(plan, values, caller, request.signal)
      return bodyAnswer(`{"data":${String(row?.[0])},"next":null}`, caller)
    },
  }
}
