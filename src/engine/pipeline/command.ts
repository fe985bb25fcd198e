/** Running a command: the user's function in a transaction. */

import type { CommandModel } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { readArguments, readingOf } from './arguments.ts'
import { outputOf } from './command-output.ts'
import { failuresOf } from './declared-errors.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { checkReferences } from './references.ts'
import { callUser } from './user-code.ts'
import type { Program } from './work.ts'

type CommandOperation = Extract<Operation, { kind: 'command' }>

export function prepareCommand(
  engine: Engine,
  operation: CommandOperation,
  request: OperationRequest,
  facts: RequestFacts,
): Program {
  const command = engine.model.commands.get(operation.name)!
  const input = readArguments(command, readingOf[request.wire], operation.input, facts)
  return program(engine, command, facts, input)
}

function program(
  engine: Engine,
  command: CommandModel,
  facts: RequestFacts,
  input: unknown,
): Program {
  const output = outputOf({ engine, caller: facts.caller }, command.output)
  return {
    kind: 'program',
    id: null,
    isolation: command.isolation,
    input: () => input,
    withInput: changed =>
      program(engine, command, facts, readArguments(command, 'store', changed, facts)),
    output: output.seen,
    once: { operation: command.name, replay: output.replay },
    async run(scope) {
      await checkReferences(engine, command.input, input, scope, facts)
      const result = await runUser(engine, command, facts, input, scope)
      scope.checkAwaited()
      return output.answer(result, scope)
    },
  }
}

function runUser(
  engine: Engine,
  command: CommandModel,
  facts: RequestFacts,
  input: unknown,
  scope: DataScope,
): Promise<unknown> {
  const context = {
    input,
    db: engine.repositories(command.uses, scope, facts),
    fail: failuresOf(command.name, command.errors),
    caller: facts.caller,
    now: new Date(facts.nowMs),
    requestId: facts.requestId,
  }
  return callUser(command.run, context)
}
