/** The kinds of operation in one total record: how each is named, guarded and made ready. */

import type { RuleNode } from '../../declare/rule.ts'
import type { Model } from '../../model/model.ts'
import type { Operation, OperationRequest } from '../operation.ts'
import { prepareCommand } from './command.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { prepareList } from './list.ts'
import { prepareQuery } from './query.ts'
import { prepareRead } from './read.ts'
import type { Work } from './work.ts'
import { prepareWrite } from './write.ts'

interface OperationKind<O extends Operation> {
  name(operation: O): string
  guard(model: Model, operation: O): RuleNode
  prepare(engine: Engine, operation: O, request: OperationRequest, facts: RequestFacts): Work
}

type OperationKinds = {
  readonly [K in Operation['kind']]: OperationKind<Extract<Operation, { kind: K }>>
}
type ResourceOperation = Extract<Operation, { readonly resource: string }>

const ofResource = {
  name: (operation: ResourceOperation) => `${operation.resource}.${operation.kind}`,
  guard: (model: Model, operation: ResourceOperation) =>
    model.resources.get(operation.resource)!.access[accessOf[operation.kind]],
}

const accessOf = {
  list: 'read',
  read: 'read',
  create: 'create',
  replace: 'update',
  update: 'update',
  delete: 'delete',
} as const

const kinds: OperationKinds = {
  list: { ...ofResource, prepare: prepareList },
  read: { ...ofResource, prepare: prepareRead },
  create: { ...ofResource, prepare: prepareWrite },
  replace: { ...ofResource, prepare: prepareWrite },
  update: { ...ofResource, prepare: prepareWrite },
  delete: { ...ofResource, prepare: prepareWrite },
  command: {
    name: operation => operation.name,
    guard: (model, operation) => model.commands.get(operation.name)!.access,
    prepare: prepareCommand,
  },
  query: {
    name: operation => operation.name,
    guard: (model, operation) => model.queries.get(operation.name)!.access,
    prepare: prepareQuery,
  },
}

/** `products.update`, `checkout`: the name in metrics, hooks and idempotency records. */
export function operationName(operation: Operation): string {
  return kindOf(operation).name(operation)
}

export function guardOf(model: Model, operation: Operation): RuleNode {
  return kindOf(operation).guard(model, operation)
}

/** The validate stage. Throws `validate.*`, and `authorise.denied` for fields that the caller may not write. */
export function prepare(engine: Engine, request: OperationRequest, facts: RequestFacts): Work {
  return kindOf(request.operation).prepare(engine, request.operation, request, facts)
}

function kindOf(operation: Operation): OperationKind<Operation> {
  return kinds[operation.kind]
}
