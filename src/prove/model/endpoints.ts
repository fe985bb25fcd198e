/** Every operation of the API as data, so that an attack on all of them leaves none out. */

import type { RowOperation } from '../../declare/row-operation.ts'
import type { RuleNode } from '../../declare/rule.ts'
import { apiPath, kebabCased } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Request } from '../http.ts'
import { type Actor, merged, type Wish, wishFor } from './policy.ts'

export type EndpointForm = RowOperation | 'nested' | 'command' | 'query'

export interface Endpoint {
  /** As a batch calls it: `products.create`. */
  readonly name: string
  readonly form: EndpointForm
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{id}` where it names a row; of `nested` the row that is referred to. */
  readonly path: string
  /** Whose rows it reads or writes; null of commands and queries. */
  readonly resource: ResourceModel | null
  /** Of `nested`: whose row the path names. */
  readonly parent: ResourceModel | null
  /** Who may, all of them together. */
  readonly rules: readonly RuleNode[]
  /** Of the body, or of a query the parameters. */
  readonly fields: readonly FieldModel[]
}

export function endpointsOf(model: Model): readonly Endpoint[] {
  return [
    ...[...model.resources.values()].flatMap(resource => ofResource(model, resource)),
    ...[...model.commands.values()].map(({ name, input, access }) =>
      workEndpoint(name, 'command', access, input),
    ),
    ...[...model.queries.values()].map(({ name, input, access }) =>
      workEndpoint(name, 'query', access, input),
    ),
  ]
}

function workEndpoint(
  name: string,
  form: 'command' | 'query',
  access: RuleNode,
  fields: readonly FieldModel[],
): Endpoint {
  const method = form === 'command' ? 'POST' : 'GET'
  const path = `${apiPath}/${name}`
  return { name, form, method, path, resource: null, parent: null, rules: [access], fields }
}

function ofResource(model: Model, resource: ResourceModel): readonly Endpoint[] {
  const { name, access, fields } = resource
  const path = `${apiPath}/${name}`
  const row = `${path}/{id}`
  const taken = fields.filter(field => !field.system && !field.readOnly)
  const reads = { resource, parent: null, rules: [access.read], fields: [] }
  const changes = { resource, parent: null, rules: [access.read, access.update], fields: taken }
  return [
    { ...reads, name: `${name}.list`, form: 'list', method: 'GET', path },
    { ...reads, name: `${name}.read`, form: 'read', method: 'GET', path: row },
    {
      ...reads,
      name: `${name}.aggregate`,
      form: 'aggregate',
      method: 'GET',
      path: `${path}/aggregate`,
    },
    {
      ...changes,
      name: `${name}.create`,
      form: 'create',
      method: 'POST',
      path,
      rules: [access.create],
    },
    { ...changes, name: `${name}.replace`, form: 'replace', method: 'PUT', path: row },
    { ...changes, name: `${name}.update`, form: 'update', method: 'PATCH', path: row },
    {
      ...reads,
      name: `${name}.delete`,
      form: 'delete',
      method: 'DELETE',
      path: row,
      rules: [access.read, access.delete],
    },
    ...nestedOf(model, resource),
  ]
}

/** The lists of other rows below a row; a link's far rows have no path of their own. */
function nestedOf(model: Model, parent: ResourceModel): readonly Endpoint[] {
  return [...parent.inverses.values()]
    .filter(({ across }) => across === null)
    .map(inverse => {
      const resource = model.resources.get(inverse.resource)!
      return {
        name: `${resource.name}.list`,
        form: 'nested',
        method: 'GET',
        path: `${apiPath}/${parent.name}/{id}/${kebabCased(inverse.name)}`,
        resource,
        parent,
        rules: [resource.access.read],
        fields: [],
      }
    })
}

/** What a row must be like for the caller to pass all rules; null: he may not, whatever the row. */
export function endpointWish(
  model: Model,
  { resource, rules }: Endpoint,
  actor: Actor,
): Wish | null {
  // The rules of commands and queries look at no row, so any resource will do.
  const [first] = model.resources.values()
  const rows = resource ?? first!
  return rules
    .map(rule => wishFor(model, rows, rule, actor))
    .reduce<Wish | null>((all, wish) => merged(all, wish), { values: {}, parents: {} })
}

/** The request that runs it, on the row of this id and with this body or these parameters. */
export function requestFor(
  { form, method, path }: Endpoint,
  id: string,
  input: Readonly<Record<string, unknown>> = {},
): Request {
  const target = path.replace('{id}', id)
  if (form === 'query') return { method, path: `${target}${queryString(input)}` }
  const isBodied =
    form === 'create' || form === 'replace' || form === 'update' || form === 'command'
  return isBodied ? { method, path: target, body: input } : { method, path: target }
}

function queryString(input: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(input)) parameters.append(name, String(value))
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

/** The same as one step of a batch. */
export function stepFor(
  { name, form, path }: Endpoint,
  id: string,
  input: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const isBodied = form === 'create' || form === 'replace' || form === 'update'
  const takesInput = isBodied || form === 'command' || form === 'query'
  return {
    operation: name,
    ...(path.endsWith('{id}') && { id }),
    ...(takesInput && { input }),
  }
}
