/** The path of batches: several operations, by their `operationId`, in one request. */

import { limits } from '../../base/limits.ts'
import { rowOperations, ruleOf } from '../../declare/row-operation.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import { apiPath } from '../../model/names.ts'
import { answerHeaders } from './answer-headers.ts'
import { jsonContent, reference } from './document.ts'
import { isClosed } from './guards.ts'
import { shared } from './parameters.ts'
import { text, whole } from './plain-schemas.ts'
import { problemResponse, problemResponses } from './problems.ts'
import type { Paths } from './resource-paths.ts'

/** None where there is no operation that somebody may call. */
export function batchPaths(model: Model): Paths {
  const names = operationNames(model)
  if (names.length === 0) return []
  const problems = reference('schemas', 'Problem')
  const operation = {
    operationId: 'batch',
    summary: 'Run several operations',
    description:
      'Each operation passes the guards that it has alone. Atomic: all in one transaction, in ' +
      'their order, or none. Otherwise each for itself, at the same time but for references.',
    tags: ['batch'],
    parameters: [shared('IdempotencyKey')],
    requestBody: { required: true, content: jsonContent(batchSchema(names)) },
    responses: {
      200: {
        description: 'The results, in the order of the operations.',
        headers: answerHeaders('Idempotent-Replayed'),
        content: jsonContent(answerSchema),
      },
      ...problemResponses('batch'),
      default: problemResponse('An operation of an atomic batch failed.', problems, false),
    },
  }
  return [[`${apiPath}/batch`, { post: operation }]]
}

function operationNames({ resources, commands, queries }: Model): readonly string[] {
  const work = [...commands.values(), ...queries.values()]
  return [
    ...[...resources.values()].flatMap(namesOf),
    ...work.filter(({ access }) => !isClosed(access)).map(({ name }) => name),
  ]
}

function namesOf({ name, access }: ResourceModel): readonly string[] {
  return rowOperations
    .filter(kind => !isClosed(access[ruleOf[kind]]))
    .map(kind => `${name}.${kind}`)
}

const referenceSchema: JsonSchema = {
  type: 'object',
  description: 'A value of an earlier result: its number, and a JSON Pointer into its body.',
  properties: {
    $ref: { ...text(limits.bodyBytesMax), pattern: String.raw`^\d+(/.*)+$`, examples: ['0/id'] },
  },
  required: ['$ref'],
  additionalProperties: false,
}

function orReference(schema: JsonSchema, description: string): JsonSchema {
  return { description, anyOf: [schema, referenceSchema] }
}

function batchSchema(names: readonly string[]): JsonSchema {
  const version = { anyOf: [whole(1), text(limits.headerBytesMax)] }
  const operation = {
    type: 'object',
    properties: {
      operation: { type: 'string', enum: names },
      id: orReference(text(limits.urlBytesMax), 'Of the row.'),
      input: { description: 'The body that the operation has alone.' },
      query: {
        type: 'object',
        description: 'The query parameters that the operation has alone; a list repeats one.',
      },
      ifMatch: orReference(version, 'The version or the ETag that the row must have.'),
      idempotencyKey: {
        type: 'string',
        minLength: 1,
        maxLength: limits.idempotencyKeyCharsMax,
      },
    },
    required: ['operation'],
    additionalProperties: false,
  }
  return {
    type: 'object',
    properties: {
      atomic: { type: 'boolean', default: false },
      operations: {
        type: 'array',
        items: operation,
        minItems: 1,
        maxItems: limits.batchOperationsMax,
      },
    },
    required: ['operations'],
    additionalProperties: false,
  }
}

const resultSchema: JsonSchema = {
  type: 'object',
  properties: {
    status: whole(200, 599),
    etag: text(limits.headerBytesMax),
    location: { ...text(limits.urlBytesMax), format: 'uri-reference' },
    replayed: { type: 'boolean', description: 'Present where a stored answer was given again.' },
    body: {
      description:
        'What the operation answers alone; not there where it has none, and beyond the size of all.',
    },
    retryAfter: { type: 'number', description: 'Seconds.' },
    problem: reference('schemas', 'Problem'),
  },
  required: ['status'],
  additionalProperties: false,
}

const answerSchema: JsonSchema = {
  type: 'object',
  properties: {
    results: { type: 'array', items: resultSchema, maxItems: limits.batchOperationsMax },
  },
  required: ['results'],
  additionalProperties: false,
}
