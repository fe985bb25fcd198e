/** The operations that a batch can name, and what each takes. */

import { rowOperations } from '../../declare/row-operation.ts'
import type { Operation } from '../../engine/operation.ts'
import type { FieldModel, Model } from '../../model/model.ts'
import { parseAggregateQuery } from '../rest/aggregate-query.ts'
import { parseListQuery, parseViewQuery } from '../rest/query-string.ts'

type Kind = Operation['kind']

/** What an operation of a batch may say beside its name. */
export type Member = 'id' | 'input' | 'query' | 'ifMatch' | 'idempotencyKey'

/** What it says, references replaced. */
interface Given {
  readonly id: string
  readonly input: unknown
  /** As the query string of a URL. */
  readonly query: string
}

interface KindOfOperation {
  readonly required: readonly Member[]
  readonly allowed: readonly Member[]
  /** `of` is the resource, command or query. Throws `validate.query`. */
  build(of: string, given: Given): Operation
}

/** As the method of a row's path would be asked. */
const change = {
  required: ['id', 'input'],
  allowed: ['query', 'ifMatch', 'idempotencyKey'],
} as const

const kinds: Readonly<Record<Kind, KindOfOperation>> = {
  list: {
    required: [],
    allowed: ['query'],
    build: (resource, { query }) => ({ kind: 'list', resource, ...parseListQuery(query) }),
  },
  aggregate: {
    required: [],
    allowed: ['query'],
    build: (resource, { query }) => ({
      kind: 'aggregate',
      resource,
      aggregate: parseAggregateQuery(query),
    }),
  },
  read: {
    required: ['id'],
    allowed: ['query'],
    build: (resource, { id, query }) => ({
      kind: 'read',
      resource,
      id,
      view: parseViewQuery(query),
    }),
  },
  create: {
    required: ['input'],
    allowed: ['query', 'idempotencyKey'],
    build: (resource, { input, query }) => ({
      kind: 'create',
      resource,
      input,
      view: parseViewQuery(query),
    }),
  },
  replace: { ...change, build: changeOf('replace') },
  update: { ...change, build: changeOf('update') },
  delete: {
    required: ['id'],
    allowed: ['ifMatch', 'idempotencyKey'],
    build: (resource, { id }) => ({ kind: 'delete', resource, id }),
  },
  command: {
    required: [],
    allowed: ['input', 'idempotencyKey'],
    build: (name, { input = {} }) => ({ kind: 'command', name, input }),
  },
  query: {
    required: [],
    allowed: ['input'],
    build: (name, { input = {} }) => ({ kind: 'query', name, input }),
  },
}

function changeOf(kind: 'replace' | 'update'): KindOfOperation['build'] {
  return (resource, { id, input, query }) => ({
    kind,
    resource,
    id,
    input,
    view: parseViewQuery(query),
  })
}

/** One operation of the model. */
export interface Named extends KindOfOperation {
  readonly kind: Kind
  /** `products.create`, `checkout`: the `operationId` of OpenAPI. */
  readonly name: string
  /** The resource, command or query. */
  readonly of: string
  /** What `input` may hold. */
  readonly fields: readonly FieldModel[]
}

/** Every operation of the model by its name. */
export function operationsOf(model: Model): ReadonlyMap<string, Named> {
  const named = [
    ...[...model.resources.values()].flatMap(({ name: of, fields }) =>
      rowOperations.map(kind => ({ kind, name: `${of}.${kind}`, of, fields, ...kinds[kind] })),
    ),
    ...[...model.commands.values(), ...model.queries.values()].map(({ kind, name, input }) => ({
      kind,
      name,
      of: name,
      fields: input,
      ...kinds[kind],
    })),
  ]
  return new Map(named.map(operation => [operation.name, operation]))
}
