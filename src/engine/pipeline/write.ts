/** Creating, replacing, updating and deleting one row. */

import { uuidv7 } from '../../base/uuid.ts'
import { Faults } from '../../model/faults.ts'
import { compileInput, compileStore, type DriverValues, type InputMode } from '../../model/input.ts'
import { codec } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'
import type { WritePlan, WriteShape } from '../../sql/plan.ts'
import { isWithheld } from '../../sql/residual.ts'
import type { WriteInput } from '../data/data.ts'
import { wholeView } from '../operation.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { writeAnswer } from './answers.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { keyOf } from './idempotency.ts'
import { rowOutput } from './outputs.ts'
import { checkedId } from './read.ts'
import type { Statement } from './work.ts'

type WriteOperation = Extract<Operation, { kind: 'create' | 'replace' | 'update' | 'delete' }>

/** What stays the same when a hook changes the values. */
interface Write {
  readonly engine: Engine
  readonly operation: WriteOperation
  readonly request: OperationRequest
  readonly facts: RequestFacts
  readonly resource: ResourceModel
  /** The row's id; null for a create. */
  readonly named: string | null
}

export function prepareWrite(
  engine: Engine,
  operation: WriteOperation,
  request: OperationRequest,
  facts: RequestFacts,
): Statement {
  const resource = engine.model.resources.get(operation.resource)!
  const named = operation.kind === 'create' ? null : checkedId(operation.id)
  const write: Write = { engine, operation, request, facts, resource, named }
  return statement(write, valuesOf(write, readersOf, inputOf(operation)))
}

function inputOf(operation: WriteOperation): unknown {
  return operation.kind === 'delete' ? undefined : operation.input
}

function statement(write: Write, values: DriverValues): Statement {
  const { engine, operation, request, facts, resource, named } = write
  const { caller } = facts
  const { id: given } = values
  const id = named ?? (typeof given === 'string' ? given : uuidv7(facts.nowMs))
  const fields = resource.fields
    .map(({ name }) => name)
    .filter(name => name !== 'id' && values[name] !== undefined)
  const version = typeof request.ifMatch === 'number' ? request.ifMatch : null
  const key = keyOf(request)
  // Compiling is part of the validate stage: it refuses fields that the caller may not write.
  const plan = planOf(write, fields, key !== null)
  return {
    kind: 'statement',
    id: named,
    // no getter: V8 keeps an object with one, and all that it closes over, until a full collection
    input: () =>
      operation.kind === 'delete' ? undefined : codec.loadShape(resource.fields, values),
    withInput: changed => statement(write, valuesOf(write, storersOf, changed)),
    output: answer => rowOutput(engine.model, resource.name, answer),
    once: {
      operation: `${plan.resource}.${plan.form}`,
      replay: stored =>
        writeAnswer({ ...stored, outcome: 'replayed', detail: stored.row }, plan, id, caller),
    },
    async run(store, keyed) {
      const chosen = keyed || key === null ? plan : planOf(write, fields, false)
      const input: WriteInput = {
        id,
        values: fields.map(field => values[field]),
        version,
        key: keyed ? key : null,
        trace: request.requestId,
      }
      const result = await store.write(chosen, input, caller, request.signal)
      return writeAnswer(result, chosen, id, caller)
    },
  }
}

/** Throws `authorise.denied` and `validate.query`. */
function planOf(
  { engine, operation, request, facts, resource }: Write,
  fields: readonly string[],
  keyed: boolean,
): WritePlan {
  const { kind } = operation
  const shape: WriteShape = {
    resource: resource.name,
    form: kind === 'replace' ? 'update' : kind,
    fields,
    merge: kind === 'update' ? documentsAmong(resource, fields) : [],
    versioned: typeof request.ifMatch === 'number',
    keyed,
  }
  return engine.planWrite(shape, kind === 'delete' ? wholeView : operation.view, facts.caller)
}

/** PATCH is a JSON Merge Patch (RFC 7396) all the way down: documents are merged, not replaced. */
function documentsAmong(resource: ResourceModel, fields: readonly string[]): readonly string[] {
  return fields.filter(name => resource.field.get(name)!.kind === 'document')
}

/** Reads what a caller (`readersOf`) or a hook (`storersOf`) gives. Throws `validate.invalid`. */
function valuesOf(
  { operation, resource, facts }: Write,
  compiled: (resource: ResourceModel) => Readers,
  input: unknown,
): DriverValues {
  if (operation.kind === 'delete') return {}
  const faults = new Faults('body')
  const { caller, nowMs } = facts
  const withheld = (field: FieldModel) => isWithheld(field, caller)
  const given = { caller: caller.id, nowMs, withheld }
  const values = compiled(resource)[operation.kind](input, faults, given)
  faults.throwIfAny()
  return values
}

type Reader = ReturnType<typeof compileInput>
type Readers = Readonly<Record<InputMode, Reader>>

const readersOf = perResource(compileInput)
const storersOf = perResource(compileStore)

/** Compiled on first use, once for each resource. */
function perResource(
  compile: (fields: ResourceModel['fields'], mode: InputMode) => Reader,
): (resource: ResourceModel) => Readers {
  const compiled = new WeakMap<ResourceModel, Readers>()
  return resource => {
    let readers = compiled.get(resource)
    if (readers === undefined) {
      const { fields } = resource
      readers = {
        create: compile(fields, 'create'),
        replace: compile(fields, 'replace'),
        update: compile(fields, 'update'),
      }
      compiled.set(resource, readers)
    }
    return readers
  }
}
