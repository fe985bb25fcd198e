/** The OpenAPI 3.1 document of a model. */

import { declaredErrors, withDeclaredErrors } from './declared-errors.ts'
import { authPaths } from './auth-paths.ts'
import { batchPaths } from './batch-path.ts'
import { anybody, securitySchemes } from './guards.ts'
import { sharedHeaders, withEveryHeader } from './answer-headers.ts'
import { resourceParameters, sharedParameters } from './parameters.ts'
import { problemComponents, problemSchema } from './problems.ts'
import { resourcePaths } from './resource-paths.ts'
import { resourceSchemas } from './schemas.ts'
import { workPaths } from './work-paths.ts'
import type { OpenApiDocument, OperationObject } from './document.ts'
import type { Model } from '../../model/model.ts'

/**
 * Every operation that some caller may perform, under its name as `operationId`. Plain data, ready
 * for JSON.
 */
export function openApi(model: Model): OpenApiDocument {
  const resources = [...model.resources.values()]
  const errors = declaredErrors(model)
  /** What holds for every operation, said of each. */
  const complete = (operation: OperationObject): OperationObject => {
    const whole = withDeclaredErrors(operation, errors)
    return { ...whole, responses: mapValues(whole.responses, withEveryHeader) }
  }
  const paths = [
    ...resources.flatMap(resource => resourcePaths(model, resource)),
    ...workPaths(model),
    ...batchPaths(model),
    ...authPaths(model),
  ]
    .filter(([, item]) => Object.keys(item).length > 0)
    .map(([path, item]) => [path, mapValues(item, complete)] as const)
  const operations = paths.flatMap(([, item]) => Object.values(item))
  const tags = new Set(operations.flatMap(operation => operation.tags))
  return {
    openapi: '3.1.1',
    info: { title: model.name, version: '1', description: introduction },
    servers: [
      {
        url: '/',
        description: 'The host of this document: local, staging or production.',
        'x-internal': false,
      },
    ],
    security: anybody,
    tags: [...tags].map(name => ({ name, description: tagDescription(name) })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.assign({ Problem: problemSchema }, ...resources.map(resourceSchemas)),
      parameters: Object.assign({}, sharedParameters, ...resources.map(resourceParameters)),
      headers: sharedHeaders,
      responses: mapValues(problemComponents(), withEveryHeader),
      securitySchemes,
    },
  }
}

const introduction = [
  'Bodies are JSON; failures are problems (RFC 9457) with a stable `code` and a `hint` of what to do next.',
  'Changes below `/api` take an `Idempotency-Key`, so that they may be sent again without a second effect, and',
  'changes of a row take `If-Match`, so that nobody overwrites what he has not seen.',
].join('\n')

const ownTags: Readonly<Record<string, string>> = {
  commands: 'Declared commands: each one transaction.',
  queries: 'Declared queries.',
  auth: 'Accounts, sessions and access tokens.',
}

function tagDescription(name: string): string {
  return ownTags[name] ?? `Rows of ${name}.`
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => T) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
