/** Running a declared query: the user's SQL, read-only, with checked input. */

import type { Caller } from '../../base/caller.ts'
import { Faults } from '../../model/faults.ts'
import { compileArguments } from '../../model/input.ts'
import type { QueryModel } from '../../model/model.ts'
import { createPlanQuery } from '../../sql/query.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { bodyAnswer } from './answers.ts'
import type { Engine } from './engine.ts'
import { listOutput } from './outputs.ts'
import type { Statement } from './work.ts'

export type QueryOperation = Extract<Operation, { kind: 'query' }>

/** Of one process: texts are the same whatever engine they belong to. */
const planQuery = createPlanQuery()

export function prepareQuery(
  engine: Engine,
  operation: QueryOperation,
  request: OperationRequest,
  caller: Caller,
): Statement {
  const query = engine.model.queries.get(operation.name)!
  const faults = new Faults(request.wire === 'text' ? 'query' : 'body')
  const given = { caller: caller.id, nowMs: engine.clock.now() }
  const input = argumentsOf(query)(operation.input ?? {}, request.wire, faults, given)
  faults.throwIfAny()
  return statement(query, input, request, caller)
}

function statement(
  query: QueryModel,
  input: unknown,
  request: OperationRequest,
  caller: Caller,
): Statement {
  return {
    kind: 'statement',
    id: null,
    input,
    withInput: changed => statement(query, changed, request, caller),
    output: answer => listOutput(query.output, answer),
    async run(store) {
      const { plan, values } = planQuery(query, query.sql(input as never, { caller }))
      const row = await store.read(plan, values, caller, request.signal)
      return bodyAnswer(`{"data":${(row as readonly string[])[0]},"next":null}`, caller)
    },
  }
}

type Arguments = ReturnType<typeof compileArguments>
const compiled = new WeakMap<QueryModel, Arguments>()

function argumentsOf(query: QueryModel): Arguments {
  let reader = compiled.get(query)
  if (reader === undefined) compiled.set(query, (reader = compileArguments(query.input)))
  return reader
}
