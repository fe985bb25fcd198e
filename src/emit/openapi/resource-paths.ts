/** The paths of a resource: `/orders`, `/orders/{id}` and the lists of rows that refer to one. */

import { apiPath, kebabCased, spaced } from '../../model/names.ts'
import { aggregate } from './aggregate.ts'
import { answerHeaders } from './answer-headers.ts'
import { audienceOf } from './audience.ts'
import { jsonContent } from './document.ts'
import { isClosed, securityOf } from './guards.ts'
import { listReferences, shared, viewReferences } from './parameters.ts'
import { problemResponses } from './problems.ts'
import { schemaReference } from './schemas.ts'
import type { Method, OperationObject, PathItem, Response } from './document.ts'
import type { RuleNode } from '../../declare/rule.ts'
import type { InverseModel, Model, ResourceModel } from '../../model/model.ts'

export type Paths = readonly (readonly [path: string, item: PathItem])[]

export function resourcePaths(model: Model, resource: ResourceModel): Paths {
  const path = `${apiPath}/${resource.name}`
  const { access } = resource
  return [
    [
      path,
      open([
        ['get', access.read, list(resource)],
        ['post', access.create, create(resource)],
      ]),
    ],
    [`${path}/aggregate`, open([['get', access.read, aggregate(resource)]])],
    [
      `${path}/{id}`,
      open([
        ['get', access.read, read(resource)],
        ['put', access.update, replace(resource)],
        ['patch', access.update, update(resource)],
        ['delete', access.delete, remove(resource)],
      ]),
    ],
    ...[...resource.inverses.values()]
      .filter(inverse => inverse.across === null)
      .map(inverse => nestedPath(model, resource, inverse)),
  ]
}

type Guarded = readonly [method: Method, rule: RuleNode, operation: OperationObject]

/** The operations that somebody may call, each under its guard. */
function open(operations: readonly Guarded[]): PathItem {
  return Object.fromEntries(
    operations
      .filter(([, rule]) => !isClosed(rule))
      .map(([method, rule, operation]) => [
        method,
        { ...operation, description: audienceOf(rule), ...securityOf(rule) },
      ]),
  )
}

function nestedPath(
  model: Model,
  resource: ResourceModel,
  inverse: InverseModel,
): readonly [string, PathItem] {
  const child = model.resources.get(inverse.resource)!
  const listed = list(child, inverse.field)
  const operation: OperationObject = {
    ...listed,
    operationId: `${resource.name}.${inverse.name}`,
    summary: `List the ${spaced(child.name)} whose ${inverse.field} is this one`,
    tags: [resource.name],
    responses: { ...listed.responses, ...problemResponses('nested') },
  }
  return [
    `${apiPath}/${resource.name}/{id}/${kebabCased(inverse.name)}`,
    open([
      [
        'get',
        child.access.read,
        { ...operation, parameters: [shared('Id'), ...(operation.parameters ?? [])] },
      ],
    ]),
  ]
}

const etag = answerHeaders('ETag')
const notModified: Response = { description: 'The caller has it already.', headers: etag }
const replayed = answerHeaders('Idempotent-Replayed')

function list(resource: ResourceModel, fixed: string | null = null): OperationObject {
  return {
    operationId: `${resource.name}.list`,
    summary: `List ${spaced(resource.name)}`,
    tags: [resource.name],
    parameters: listReferences(resource, fixed),
    responses: {
      200: {
        description: 'A page.',
        content: jsonContent(schemaReference(resource.name, 'list')),
      },
      ...problemResponses('list'),
    },
  }
}

function read(resource: ResourceModel): OperationObject {
  return {
    operationId: `${resource.name}.read`,
    summary: `Get one of the ${spaced(resource.name)}`,
    tags: [resource.name],
    parameters: [shared('Id'), ...viewReferences(resource), shared('IfNoneMatch')],
    responses: { 200: row(resource), 304: notModified, ...problemResponses('read') },
  }
}

function create(resource: ResourceModel): OperationObject {
  const made = row(resource)
  return {
    operationId: `${resource.name}.create`,
    summary: `Add one to the ${spaced(resource.name)}`,
    tags: [resource.name],
    parameters: [...viewReferences(resource), shared('IdempotencyKey')],
    requestBody: {
      required: true,
      content: jsonContent(schemaReference(resource.name, 'create')),
    },
    responses: {
      201: {
        ...made,
        description: 'The row; no body where the caller may not read it.',
        headers: { ...made.headers, ...replayed, ...answerHeaders('Location') },
        'x-body-optional': true,
      },
      ...problemResponses('create'),
    },
  }
}

function replace(resource: ResourceModel): OperationObject {
  return change(resource, 'replace', ['application/json'])
}

function update(resource: ResourceModel): OperationObject {
  return change(resource, 'update', ['application/merge-patch+json', 'application/json'])
}

function change(
  resource: ResourceModel,
  form: 'replace' | 'update',
  mediaTypes: readonly string[],
): OperationObject {
  const schema = schemaReference(resource.name, form)
  const changed = row(resource)
  return {
    operationId: `${resource.name}.${form}`,
    summary: `${form === 'replace' ? 'Replace' : 'Change'} one of the ${spaced(resource.name)}`,
    tags: [resource.name],
    parameters: [
      shared('Id'),
      ...viewReferences(resource),
      shared('IfMatch'),
      shared('IdempotencyKey'),
    ],
    requestBody: {
      required: true,
      content: Object.fromEntries(mediaTypes.map(mediaType => [mediaType, { schema }])),
    },
    responses: {
      200: { ...changed, headers: { ...changed.headers, ...replayed } },
      204: { description: 'Done; the caller may not read the row it left.', headers: replayed },
      ...problemResponses('change'),
    },
  }
}

function remove(resource: ResourceModel): OperationObject {
  return {
    operationId: `${resource.name}.delete`,
    summary: `Delete one of the ${spaced(resource.name)}`,
    tags: [resource.name],
    parameters: [shared('Id'), shared('IfMatch'), shared('IdempotencyKey')],
    responses: {
      204: { description: 'It is gone.', headers: replayed },
      ...problemResponses('delete'),
    },
  }
}

function row(resource: ResourceModel): Response {
  return {
    description: 'The row.',
    headers: etag,
    content: jsonContent(schemaReference(resource.name, 'row')),
  }
}
