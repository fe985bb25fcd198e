/** The OpenAPI 3.1 document of a model. */

import { authPaths } from './auth-paths.ts'
import { batchPaths } from './batch-path.ts'
import { anybody, securitySchemes } from './guards.ts'
import { resourceParameters, sharedHeaders, sharedParameters } from './parameters.ts'
import { problemComponents, problemSchema } from './problems.ts'
import { resourcePaths } from './resource-paths.ts'
import { resourceSchemas } from './schemas.ts'
import { workPaths } from './work-paths.ts'
import type { OpenApiDocument } from './document.ts'
import type { Model } from '../../model/model.ts'

/**
 * Every operation that some caller may perform, under its name as `operationId`. Plain data, ready
 * for JSON.
 */
export function openApi(model: Model): OpenApiDocument {
  const resources = [...model.resources.values()]
  const paths = [
    ...resources.flatMap(resource => resourcePaths(model, resource)),
    ...workPaths(model),
    ...batchPaths(model),
    ...authPaths(model),
  ].filter(([, item]) => Object.keys(item).length > 0)
  const operations = paths.flatMap(([, item]) => Object.values(item))
  const tags = new Set(operations.flatMap(operation => operation.tags))
  return {
    openapi: '3.1.1',
    info: { title: model.name, version: '1' },
    servers: [{ url: '/' }],
    security: anybody,
    tags: [...tags].map(name => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.assign({ Problem: problemSchema }, ...resources.map(resourceSchemas)),
      parameters: Object.assign({}, sharedParameters, ...resources.map(resourceParameters)),
      headers: sharedHeaders,
      responses: problemComponents(),
      securitySchemes,
    },
  }
}
