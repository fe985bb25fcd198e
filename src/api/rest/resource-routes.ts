/** The paths of a resource: its list, its rows, and the lists of rows that refer to one of them. */

import { problem } from '../../base/errors.ts'
import { isUuid } from '../../base/uuid.ts'
import type { Execute, FilterInput, Operation } from '../../engine/operation.ts'
import type { InverseModel, ResourceModel } from '../../model/model.ts'
import { kebabCased } from '../../model/names.ts'
import type { HttpAnswer, HttpRequest, Route, RouteMethod } from '../http/route.ts'
import { apiPath } from '../../model/names.ts'
import { parseAggregateQuery } from './aggregate-query.ts'
import { readAnswer, requireJsonAccepted, writeAnswer } from './answers.ts'
import { executeExpecting, expectedVersions, refuseConditions } from './conditions.ts'
import { readRequest, requireBody, writeRequest } from './operation-request.ts'
import { parseListQuery, parseViewQuery, refuseQuery } from './query-string.ts'

/** No id is a word. */
const places = { list: '', groups: '/aggregate', row: '/{id}' } as const

/** What a method does to the place, and how. */
interface Verb {
  readonly method: RouteMethod
  readonly place: keyof typeof places
  readonly operation: string
  readonly handle: (resource: string, execute: Execute, request: HttpRequest) => Promise<HttpAnswer>
}

const verbs: readonly Verb[] = [
  { method: 'GET', place: 'list', operation: 'list', handle: readList },
  { method: 'GET', place: 'groups', operation: 'aggregate', handle: readGroups },
  { method: 'POST', place: 'list', operation: 'create', handle: createRow },
  { method: 'GET', place: 'row', operation: 'read', handle: readRow },
  { method: 'PUT', place: 'row', operation: 'replace', handle: changeRow('replace') },
  { method: 'PATCH', place: 'row', operation: 'update', handle: changeRow('update') },
  { method: 'DELETE', place: 'row', operation: 'delete', handle: deleteRow },
]

/** `/api/v1/orders`, `/api/v1/orders/aggregate`, `/api/v1/orders/{id}` and so on. */
export function resourceRoutes(resource: ResourceModel, execute: Execute): readonly Route[] {
  const path = `${apiPath}/${resource.name}`
  const own = verbs.map(({ method, place, operation, handle }) => ({
    method,
    path: path + places[place],
    operation: `${resource.name}.${operation}`,
    handle: (request: HttpRequest) => handle(resource.name, execute, request),
  }))
  const nested = [...resource.inverses.values()]
    .filter(inverse => inverse.across === null)
    .map(inverse => nestedRoute(path, inverse, execute))
  return [...own, ...nested]
}

async function readList(
  resource: string,
  execute: Execute,
  request: HttpRequest,
): Promise<HttpAnswer> {
  requireJsonAccepted(request)
  const { list, view } = parseListQuery(request.query)
  return readAnswer(
    request,
    await execute(readRequest(request, { kind: 'list', resource, list, view })),
  )
}

async function readGroups(
  resource: string,
  execute: Execute,
  request: HttpRequest,
): Promise<HttpAnswer> {
  requireJsonAccepted(request)
  const aggregate = parseAggregateQuery(request.query)
  return readAnswer(
    request,
    await execute(readRequest(request, { kind: 'aggregate', resource, aggregate })),
  )
}

async function readRow(
  resource: string,
  execute: Execute,
  request: HttpRequest,
): Promise<HttpAnswer> {
  requireJsonAccepted(request)
  const id = request.params[0]!
  const view = parseViewQuery(request.query)
  return readAnswer(
    request,
    await execute(readRequest(request, { kind: 'read', resource, id, view })),
  )
}

async function createRow(
  resource: string,
  execute: Execute,
  request: HttpRequest,
): Promise<HttpAnswer> {
  requireJsonAccepted(request)
  refuseConditions(request, ['if-match', 'if-none-match'])
  const view = parseViewQuery(request.query)
  const input = await requireBody(request)
  return writeAnswer(
    await execute(writeRequest(request, { kind: 'create', resource, input, view }, null)),
  )
}

function changeRow(kind: 'replace' | 'update'): Verb['handle'] {
  return async (resource, execute, request) => {
    requireJsonAccepted(request)
    refuseConditions(request, ['if-none-match'])
    const id = request.params[0]!
    const view = parseViewQuery(request.query)
    const versions = expectedVersions(request)
    const operation: Operation = { kind, resource, id, input: await requireBody(request), view }
    return writeAnswer(
      await executeExpecting(versions, version =>
        execute(writeRequest(request, operation, version)),
      ),
    )
  }
}

async function deleteRow(
  resource: string,
  execute: Execute,
  request: HttpRequest,
): Promise<HttpAnswer> {
  refuseConditions(request, ['if-none-match'])
  refuseQuery(request.query)
  const operation: Operation = { kind: 'delete', resource, id: request.params[0]! }
  return writeAnswer(
    await executeExpecting(expectedVersions(request), version =>
      execute(writeRequest(request, operation, version)),
    ),
  )
}

/**
 * The rows whose reference names the row of the path; two references to one parent are told apart
 * by the names of their inverses. A parent that the caller may not read looks like one without
 * rows: what shows are the rows' own rules.
 */
function nestedRoute(path: string, inverse: InverseModel, execute: Execute): Route {
  const { resource, field } = inverse
  return {
    method: 'GET',
    path: `${path}/{id}/${kebabCased(inverse.name)}`,
    operation: `${resource}.list`,
    async handle(request) {
      requireJsonAccepted(request)
      const id = request.params[0]!
      if (!isUuid(id)) throw problem('validate.id')
      const own: FilterInput = { field, operator: 'eq', value: id }
      const { list, view } = parseListQuery(request.query)
      const narrowed = { ...list, filters: [own, ...list.filters] }
      return readAnswer(
        request,
        await execute(readRequest(request, { kind: 'list', resource, list: narrowed, view })),
      )
    },
  }
}
