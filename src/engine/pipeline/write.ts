/** Creating, replacing, updating and deleting one row. */

import { hash } from 'node:crypto'
import type { Caller } from '../../base/caller.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { Faults } from '../../model/faults.ts'
import {
  compileInput,
  compileStore,
  type DriverValues,
  type Given,
  type InputMode,
} from '../../model/input.ts'
import { codec } from '../../model/kinds/index.ts'
import type { ResourceModel } from '../../model/model.ts'
import type { WriteShape } from '../../sql/plan.ts'
import type { WriteInput } from '../data/data.ts'
import type { Operation, OperationRequest, View } from '../operation.ts'
import { writeAnswer } from './answers.ts'
import type { Engine } from './engine.ts'
import { rowOutput } from './outputs.ts'
import { checkedId } from './read.ts'
import type { Statement } from './work.ts'

export type WriteOperation = Extract<
  Operation,
  { kind: 'create' | 'replace' | 'update' | 'delete' }
>

const wholeView: View = Object.freeze({ fields: null, expand: Object.freeze([]) })

export function prepareWrite(
  engine: Engine,
  operation: WriteOperation,
  request: OperationRequest,
  caller: Caller,
): Statement {
  const resource = engine.model.resources.get(operation.resource)!
  const named = operation.kind === 'create' ? null : checkedId(operation.id)
  if (operation.kind === 'delete') return workOn(engine, operation, request, caller, named, {})
  const faults = new Faults('body')
  const given: Given = { caller: caller.id, nowMs: engine.clock.now() }
  const values = readersOf(resource)[operation.kind](operation.input, faults, given)
  faults.throwIfAny()
  return workOn(engine, operation, request, caller, named, values)
}

function workOn(
  engine: Engine,
  operation: WriteOperation,
  request: OperationRequest,
  caller: Caller,
  named: string | null,
  values: DriverValues,
): Statement {
  const resource = engine.model.resources.get(operation.resource)!
  const id = named ?? (values['id'] as string | undefined) ?? uuidv7(engine.clock.now())
  const fields = resource.fields.flatMap(field =>
    field.name !== 'id' && values[field.name] !== undefined ? [field.name] : [],
  )
  const merge = operation.kind === 'update' ? documentsAmong(resource, fields) : []
  const view = operation.kind === 'delete' ? wholeView : operation.view
  const form = operation.kind === 'replace' ? 'update' : operation.kind
  const version = typeof request.ifMatch === 'number' ? request.ifMatch : null
  const plan = (keyed: boolean) => {
    const shape: WriteShape = {
      resource: resource.name,
      form,
      fields,
      merge,
      versioned: version !== null,
      keyed,
    }
    return engine.planWrite(shape, view, caller)
  }
  const key = keyOf(operation, request)
  // Compiling is part of the validate stage: it refuses fields that the caller may not write.
  const shared = plan(key !== null)
  return {
    kind: 'statement',
    id: named,
    get input() {
      return form === 'delete' ? undefined : codec.loadShape(resource.fields, values)
    },
    withInput: changed =>
      workOn(
        engine,
        operation,
        request,
        caller,
        named,
        storedValues(engine, resource, operation.kind, changed, caller),
      ),
    output: answer => rowOutput(engine.model, resource.name, answer),
    async run(store, keyed) {
      const chosen = keyed ? shared : plan(false)
      const input: WriteInput = {
        id,
        values: fields.map(field => values[field]),
        version,
        key: keyed ? key : null,
        trace: request.requestId,
      }
      return writeAnswer(await store.write(chosen, input, caller, request.signal), chosen, id)
    },
  }
}

/** PATCH is a JSON Merge Patch (RFC 7396) all the way down: a document in it is merged, not replaced. */
function documentsAmong(resource: ResourceModel, fields: readonly string[]): readonly string[] {
  return fields.filter(name => resource.field.get(name)!.kind === 'document')
}

/** What a hook gave back, checked like what it was given. */
function storedValues(
  engine: Engine,
  resource: ResourceModel,
  kind: WriteOperation['kind'],
  changed: unknown,
  caller: Caller,
): DriverValues {
  if (kind === 'delete') return {}
  const faults = new Faults('body')
  const values = storersOf(resource)[kind](changed, faults, {
    caller: caller.id,
    nowMs: engine.clock.now(),
  })
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

/** The key with the fingerprint of the request that it stands for. */
export function keyOf(operation: Operation, request: OperationRequest): WriteInput['key'] {
  if (request.idempotencyKey === null) return null
  return {
    key: request.idempotencyKey,
    hash: hash('sha256', JSON.stringify([operation, request.ifMatch]), 'base64url'),
  }
}
