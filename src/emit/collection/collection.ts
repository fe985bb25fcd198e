/**
 * A collection for API tools, in the format that most of them import: Postman Collection 2.1
 * (Postman, Insomnia, Bruno, Hoppscotch, Yaak and others).
 */

import type { OpenApiDocument, OperationObject, Parameter } from '../openapi/document.ts'
import { exampleOf, type View, viewOf } from '../reference/schema-view.ts'

/** Plain data, ready for JSON. `url` is where the backend is reached, without a slash behind. */
export function collectionOf(document: OpenApiDocument, url: string): object {
  const view = viewOf(document)
  const { title, description } = document.info
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )
  const folders = document.tags.map(tag => ({
    name: tag.name,
    description: tag.description,
    item: operations
      .filter(({ operation }) => operation.tags[0] === tag.name)
      .map(({ path, method, operation }) => itemOf(view, path, method, operation)),
  }))
  return {
    info: {
      name: title,
      description,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: folders,
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{accessToken}}', type: 'string' }] },
    variable: [
      { key: 'baseUrl', value: url },
      { key: 'accessToken', value: '' },
    ],
  }
}

function itemOf(view: View, path: string, method: string, operation: OperationObject): object {
  const parameters = (operation.parameters ?? []).map(view.parameter)
  const [media] = Object.entries(operation.requestBody?.content ?? {})
  const type = media === undefined ? [] : [{ key: 'Content-Type', value: media[0] }]
  return {
    name: operation.summary,
    ...(operation.operationId === 'auth.token' && { event: [keepToken] }),
    request: {
      method: method.toUpperCase(),
      description: operation.description ?? '',
      ...(isOpen(operation) && { auth: { type: 'noauth' } }),
      header: [...type, ...parameters.filter(one => one.in === 'header').map(optional)],
      url: urlOf(path, parameters),
      ...(media !== undefined && {
        body: {
          mode: 'raw',
          raw: JSON.stringify(exampleOf(view, media[1].schema), null, 2),
          options: { raw: { language: 'json' } },
        },
      }),
    },
    response: [],
  }
}

/** Whether it takes no token: those of a session's cookie do not either. */
function isOpen({ tags, security }: OperationObject): boolean {
  return tags[0] === 'auth' && security?.some(one => Object.hasOwn(one, 'bearer')) !== true
}

function urlOf(path: string, parameters: readonly Parameter[]): object {
  const segments = path.slice(1).replaceAll(/\{(\w+)\}/g, ':$1')
  const variables = parameters.filter(one => one.in === 'path')
  return {
    raw: `{{baseUrl}}/${segments}`,
    host: ['{{baseUrl}}'],
    path: segments.split('/'),
    query: parameters.filter(one => one.in === 'query').flatMap(queryOf),
    variable: variables.map(({ name }) => ({ key: name, value: '' })),
  }
}

/** An object is no parameter itself, but its members are. */
function queryOf(parameter: Parameter): readonly object[] {
  const { description = '', example } = parameter
  if (example === undefined) return [optional(parameter)]
  return Object.entries(example).map(([key, value]) => ({
    key,
    value,
    description,
    disabled: true,
  }))
}

/** There to be switched on. */
function optional({ name, description = '', required }: Parameter): object {
  return { key: name, value: '', description, disabled: required !== true }
}

/** The token of a sign-in is that of all requests. */
const keepToken = {
  listen: 'test',
  script: {
    type: 'text/javascript',
    exec: [
      'const { accessToken } = pm.response.json()',
      "if (accessToken) pm.collectionVariables.set('accessToken', accessToken)",
    ],
  },
}
