/** Reading one row. */

import { problem } from '../../base/errors.ts'
import { isUuid } from '../../base/uuid.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { rowAnswer } from './answers.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { rowOutput } from './outputs.ts'
import { shapeOfOne } from './read-shapes.ts'
import { noInput, type Statement } from './work.ts'

type ReadOperation = Extract<Operation, { kind: 'read' }>

export function prepareRead(
  engine: Engine,
  operation: ReadOperation,
  request: OperationRequest,
  { caller }: RequestFacts,
): Statement {
  const id = checkedId(operation.id)
  const plan = engine.planRead(shapeOfOne(operation.resource, operation.view), caller)
  const work: Statement = {
    kind: 'statement',
    id,
    input: noInput,
    withInput: () => work,
    output: answer => rowOutput(engine.model, operation.resource, answer),
    once: null,
    async run(store) {
      const row = await store.read(plan, [id], caller, request.signal)
      if (row === undefined) throw problem('run.not-found')
      return rowAnswer(row, plan, caller)
    },
  }
  return work
}

/** In lower case; throws `validate.id`. */
export function checkedId(id: string): string {
  if (!isUuid(id)) throw problem('validate.id')
  return id.toLowerCase()
}
