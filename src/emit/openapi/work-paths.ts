/** The paths of declared commands and queries. */

import { codec } from '../../model/kinds/index.ts'
import { limits } from '../../base/limits.ts'
import { answerHeaders } from './answer-headers.ts'
import { audienceOf } from './audience.ts'
import { jsonContent } from './document.ts'
import { isClosed, securityOf } from './guards.ts'
import { shared } from './parameters.ts'
import { problemResponses } from './problems.ts'
import { apiPath, spaced } from '../../model/names.ts'
import { schemaReference } from './schemas.ts'
import type { Parameter, PathItem, Response } from './document.ts'
import type { Paths } from './resource-paths.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { CommandModel, Model, QueryModel } from '../../model/model.ts'

export function workPaths(model: Model): Paths {
  const open = [...model.commands.values(), ...model.queries.values()].filter(
    ({ access }) => !isClosed(access),
  )
  return open.map(work => [
    `${apiPath}/${work.name}`,
    work.kind === 'command' ? commandItem(work) : queryItem(work),
  ])
}

function commandItem(command: CommandModel): PathItem {
  const { name, input, access } = command
  return {
    post: {
      operationId: name,
      summary: `Run the command ${spaced(name)}`,
      description: audienceOf(access),
      tags: ['commands'],
      parameters: [shared('IdempotencyKey')],
      ...(input.length > 0 && {
        requestBody: { required: true, content: jsonContent(codec.schemaOfShape(input)) },
      }),
      responses: {
        ...successOf(command),
        ...problemResponses('command'),
      },
      ...securityOf(access),
    },
  }
}

function successOf({ output }: CommandModel): Readonly<Record<string, Response>> {
  const headers = answerHeaders('Idempotent-Replayed')
  if (output.kind === 'none') return { 204: { description: 'Done.', headers } }
  const schema =
    output.kind === 'resource'
      ? schemaReference(output.resource, 'row')
      : codec.schemaOfShape(output.fields)
  return {
    200: { description: 'Done.', headers, content: jsonContent(schema) },
    ...(output.kind === 'resource' && {
      204: { description: 'Done; the caller may not read the row.', headers },
    }),
  }
}

function queryItem({ name, input, output, access }: QueryModel): PathItem {
  return {
    get: {
      operationId: name,
      summary: `Run the query ${spaced(name)}`,
      description: audienceOf(access),
      tags: ['queries'],
      parameters: input.map(queryParameter),
      responses: {
        200: { description: 'The rows.', content: jsonContent(rowsSchema(output)) },
        ...problemResponses('query'),
      },
      ...securityOf(access),
    },
  }
}

function queryParameter(field: QueryModel['input'][number]): Parameter {
  return {
    name: field.name,
    in: 'query',
    required: !field.optional && field.default === null,
    schema: codec.schema(field),
  }
}

/** A query has one page, in the form of a list. */
function rowsSchema(output: QueryModel['output']): JsonSchema {
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: codec.schemaOfShape(output), maxItems: limits.queryRowsMax },
      next: { type: 'null' },
    },
    required: ['data', 'next'],
    additionalProperties: false,
  }
}
