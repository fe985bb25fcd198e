/** The kinds of operation in one total record: how each is named, guarded and made ready. */

import type { Caller } from '../../base/caller.ts'
import { ruleOf } from '../../declare/row-operation.ts'
import type { Model } from '../../model/model.ts'
import { residual, type Residual, rowResidual } from '../../sql/residual.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { prepareAggregate } from './aggregate.ts'
import { prepareCommand } from './command.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { prepareList } from './list.ts'
import { prepareQuery } from './query.ts'
import { prepareRead } from './read.ts'
import type { Work } from './work.ts'
import { prepareWrite } from './write.ts'

interface OperationKind<O extends Operation> {
  name(operation: O): string
  /** What remains of the operation's rule of access once all that needs no row is known. */
  guard(model: Model, operation: O, caller: Caller): Residual
  prepare(engine: Engine, operation: O, request: OperationRequest, facts: RequestFacts): Work
}

type OperationKinds = {
  readonly [K in Operation['kind']]: OperationKind<Extract<Operation, { kind: K }>>
}
type ResourceOperation = Extract<Operation, { readonly resource: string }>

const ofResource = {
  name: (operation: ResourceOperation) => `${operation.resource}.${operation.kind}`,
  guard(model: Model, { resource: name, kind }: ResourceOperation, caller: Caller) {
    const resource = model.resources.get(name)!
    return rowResidual({ model, caller }, resource, resource.access[ruleOf[kind]])
  },
}

const kinds: OperationKinds = {
  list: { ...ofResource, prepare: prepareList },
  aggregate: { ...ofResource, prepare: prepareAggregate },
  read: { ...ofResource, prepare: prepareRead },
  create: { ...ofResource, prepare: prepareWrite },
  replace: { ...ofResource, prepare: prepareWrite },
  update: { ...ofResource, prepare: prepareWrite },
  delete: { ...ofResource, prepare: prepareWrite },
  command: {
    name: operation => operation.name,
    guard: (model, { name }, caller) => residual(model.commands.get(name)!.access, caller),
    prepare: prepareCommand,
  },
  query: {
    name: operation => operation.name,
    guard: (model, { name }, caller) => residual(model.queries.get(name)!.access, caller),
    prepare: prepareQuery,
  },
}

/** `products.update`, `checkout`: the name in metrics, hooks and idempotency records. */
export function operationName(operation: Operation): string {
  return kindOf(operation).name(operation)
}

export function guardOf(model: Model, operation: Operation, caller: Caller): Residual {
  return kindOf(operation).guard(model, operation, caller)
}

/**
 * The validate stage. Throws `validate.*`, and `authorise.denied` for fields that the caller may
 * not write.
 */
export function prepare(engine: Engine, request: OperationRequest, facts: RequestFacts): Work {
  return kindOf(request.operation).prepare(engine, request.operation, request, facts)
}

function kindOf(operation: Operation): OperationKind<Operation> {
  return kinds[operation.kind]
}
