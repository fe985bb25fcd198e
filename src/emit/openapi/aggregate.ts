/** The aggregate of a resource: `/orders/aggregate`, its parameters and its groups. */

import { limits } from '../../base/limits.ts'
import { codec } from '../../model/kinds/index.ts'
import { groupKeyOf, measureOf, measureWords, spansOf, termText } from '../../model/measures.ts'
import { jsonContent } from './document.ts'
import { isReadable } from './guards.ts'
import { filterReferences } from './parameters.ts'
import { problemResponses } from './problems.ts'
import type { OperationObject, Parameter } from './document.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'

export function aggregate(resource: ResourceModel): OperationObject {
  const fields = resource.fields.filter(isReadable)
  return {
    operationId: `${resource.name}.aggregate`,
    summary: `Count and measure ${resource.name} by groups`,
    tags: [resource.name],
    parameters: [
      ...filterReferences(resource),
      words(
        'select',
        'The figures of each group.',
        limits.aggregateMeasuresMax,
        figureNames(fields),
      ),
      words('group', 'What tells the groups apart.', limits.aggregateKeysMax, groupNames(fields)),
      words('sort', sortMeaning, limits.sortFieldsMax, null),
      limitOfGroups,
      conditions,
    ],
    responses: {
      200: { description: 'The groups.', content: jsonContent(groupsSchema(fields)) },
      ...problemResponses('list'),
    },
  }
}

const sortMeaning =
  'The order of the groups: words of `group`, and figures; `-` before one turns it round.'

function words(
  name: string,
  description: string,
  most: number,
  known: readonly string[] | null,
): Parameter {
  const items: JsonSchema = known === null ? { type: 'string' } : { type: 'string', enum: known }
  const schema: JsonSchema = { type: 'array', items, maxItems: most }
  return { name, in: 'query', description, style: 'form', explode: false, schema }
}

const limitOfGroups: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'How many groups.',
  schema: {
    type: 'integer',
    minimum: 1,
    maximum: limits.aggregateGroupsMax,
    default: limits.aggregateGroupsDefault,
  },
}

/** Any number of parameters under names of this form. */
const conditions: Parameter = {
  name: 'figures',
  in: 'query',
  description: 'Conditions on the figures of a group: `sum(total)[gte]=100&count()[gt]=1`.',
  style: 'form',
  explode: true,
  schema: {
    type: 'object',
    propertyNames: { pattern: `^(${measureWords.join('|')})\\(.*\\)(\\[\\w+\\])?$` },
    additionalProperties: { type: 'string' },
  },
}

function figureNames(fields: readonly FieldModel[]): readonly string[] {
  return measureWords.flatMap(word =>
    word === 'count'
      ? ['count()']
      : fields
          .filter(field => measureOf(word, field) !== null)
          .map(field => termText({ word, field: field.name })),
  )
}

/** Places in documents, of which there is no end, are left to the text. */
function groupNames(fields: readonly FieldModel[]): readonly string[] | null {
  if (fields.some(({ kind }) => kind === 'document')) return null
  return fields.flatMap(field => [
    ...(groupKeyOf(null, field) === null ? [] : [field.name]),
    ...spansOf(field).map(word => termText({ word, field: field.name })),
  ])
}

function groupsSchema(fields: readonly FieldModel[]): JsonSchema {
  const figures = measureWords.flatMap((word): readonly (readonly [string, JsonSchema])[] => {
    if (word === 'count') return [[word, { type: 'integer', minimum: 0 }]]
    const results = fields.flatMap(field => {
      const result = measureOf(word, field)
      return result === null ? [] : [[field.name, codec.schema(result)] as const]
    })
    return [[word, objectSchema(results, false)]]
  })
  const places = fields.some(({ kind }) => kind === 'document')
  const group = objectSchema(fields.flatMap(keySchemas), places)
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: objectSchema([['group', group], ...figures], false) },
      more: { type: 'boolean', description: 'Whether there are more groups than the limit.' },
    },
    required: ['data', 'more'],
    additionalProperties: false,
  }
}

/** A moment is itself or the day that its span begins with. */
function keySchemas(field: FieldModel): readonly (readonly [string, JsonSchema])[] {
  if (groupKeyOf(null, field) === null) return []
  const own = codec.schema(field)
  const day = groupKeyOf('day', field)
  return [[field.name, day === null ? own : { anyOf: [own, codec.schema(day)] }]]
}

function objectSchema(
  properties: readonly (readonly [string, JsonSchema])[],
  open: boolean,
): JsonSchema {
  const place: JsonSchema = { type: ['string', 'number', 'boolean', 'null'] }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: open ? place : false,
  }
}
