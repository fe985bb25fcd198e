/** Running a command: the user's function in a transaction, its output through the caller's eyes. */

import type { Caller } from '../../base/caller.ts'
import { Faults } from '../../model/faults.ts'
import { compileArguments } from '../../model/input.ts'
import { codec } from '../../model/kinds/index.ts'
import type { CommandModel, FieldModel, OutputModel } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import type { Answer, Operation, OperationRequest, View } from '../operation.ts'
import { bodyAnswer, rowAnswer } from './answers.ts'
import { failuresOf } from './declared-errors.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { rowOutput } from './outputs.ts'
import { shapeOfOne } from './read-shapes.ts'
import type { Program } from './work.ts'

export type CommandOperation = Extract<Operation, { kind: 'command' }>

const wholeView: View = Object.freeze({ fields: null, expand: Object.freeze([]) })

export function prepareCommand(
  engine: Engine,
  operation: CommandOperation,
  request: OperationRequest,
  caller: Caller,
): Program {
  const command = engine.model.commands.get(operation.name)!
  const facts: RequestFacts = { caller, requestId: request.requestId, nowMs: engine.clock.now() }
  const faults = new Faults(request.wire === 'text' ? 'query' : 'body')
  const given = { caller: caller.id, nowMs: facts.nowMs }
  const input = argumentsOf(command)(operation.input ?? {}, request.wire, faults, given)
  faults.throwIfAny()
  return program(engine, command, facts, input)
}

function program(
  engine: Engine,
  command: CommandModel,
  facts: RequestFacts,
  input: unknown,
): Program {
  return {
    kind: 'program',
    id: null,
    isolation: command.isolation,
    input,
    withInput: changed => program(engine, command, facts, changed),
    output: answer => outputSeen(engine, command.output, answer),
    async run(scope) {
      const result = await runUser(engine, command, facts, input, scope)
      return outputs[command.output.kind](
        engine,
        command.output as never,
        result,
        facts.caller,
        scope,
      )
    },
  }
}

/** The context is what the declaration's types promise; the model has forgotten them. */
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
  return command.run(context as never)
}

type OutputOf<K extends OutputModel['kind']> = Extract<OutputModel, { kind: K }>

type Outputs = {
  readonly [K in OutputModel['kind']]: (
    engine: Engine,
    output: OutputOf<K>,
    result: unknown,
    caller: Caller,
    scope: DataScope,
  ) => Answer | Promise<Answer>
}

const outputs: Outputs = {
  none: (_engine, _output, _result, caller) => bodyAnswer(null, caller),
  async resource(engine, output, result, caller, scope) {
    const id = (result as { readonly id: string } | null | undefined)?.id
    if (id === undefined) throw new Error(`a command must return a row of ${output.resource}`)
    const plan = engine.planRead(shapeOfOne(output.resource, wholeView), caller)
    const row = await scope.read(plan, [id], caller)
    // A caller who may run the command but not read what it made learns that it was done, and no more.
    return row === undefined ? bodyAnswer(null, caller) : rowAnswer(row, plan, caller)
  },
  object(_engine, output, result, caller) {
    const faults = new Faults('body')
    const body = codec.readShape('store', output.fields, result, '', faults)
    if (faults.any)
      throw new Error(`a command returned what it does not declare: ${JSON.stringify(faults.list)}`)
    return bodyAnswer(JSON.stringify(body), caller)
  },
}

function outputSeen(engine: Engine, output: OutputModel, answer: Answer): unknown {
  if (answer.body === null) return undefined
  if (output.kind === 'resource') return rowOutput(engine.model, output.resource, answer)
  const fields: readonly FieldModel[] = output.kind === 'object' ? output.fields : []
  return codec.loadShape(fields, JSON.parse(answer.body))
}

type Arguments = ReturnType<typeof compileArguments>
const compiled = new WeakMap<CommandModel, Arguments>()

function argumentsOf(command: CommandModel): Arguments {
  let reader = compiled.get(command)
  if (reader === undefined) compiled.set(command, (reader = compileArguments(command.input)))
  return reader
}
