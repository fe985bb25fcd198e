/** The answer of an aggregate: groups with their keys and figures. */

import { limits } from '../../base/limits.ts'
import { codec } from '../../model/kinds/index.ts'
import { groupKeyOf, measureOf, measureWords } from '../../model/measures.ts'
import { isReadable } from './guards.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'

/** No table has as many rows as JSON can count. */
const countSchema: JsonSchema = {
  type: 'integer',
  format: 'int64',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
}

/** What groups have of a place in a document. */
const placeSchema: JsonSchema = {
  type: ['string', 'number', 'boolean', 'null'],
  maxLength: limits.documentPathCharsMax,
}

/** Nothing is required of a group: what is asked for decides. */
export function groupsSchema(resource: ResourceModel): JsonSchema {
  const fields = resource.fields.filter(isReadable)
  const figures = measureWords.flatMap((word): readonly (readonly [string, JsonSchema])[] => {
    if (word === 'count') return [[word, countSchema]]
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
      data: {
        type: 'array',
        items: objectSchema([['group', group], ...figures], false),
        maxItems: limits.aggregateGroupsMax,
      },
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
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: open ? placeSchema : false,
  }
}
