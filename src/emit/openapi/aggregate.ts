/** The aggregate of a resource: `/orders/aggregate`, its parameters and its groups. */

import { limits } from '../../base/limits.ts'
import { groupKeyOf, measureOf, measureWords, spansOf, termText } from '../../model/measures.ts'
import { spaced } from '../../model/names.ts'
import { jsonContent } from './document.ts'
import { isReadable } from './guards.ts'
import { filterReferences } from './parameters.ts'
import { text, whole } from './plain-schemas.ts'
import { problemResponses } from './problems.ts'
import { schemaReference } from './schemas.ts'
import type { OperationObject, Parameter } from './document.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'

export function aggregate(resource: ResourceModel): OperationObject {
  const fields = resource.fields.filter(isReadable)
  return {
    operationId: `${resource.name}.aggregate`,
    summary: `Count and sum up the ${spaced(resource.name)} by groups`,
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
      200: {
        description: 'The groups.',
        content: jsonContent(schemaReference(resource.name, 'groups')),
      },
      ...problemResponses('list'),
    },
  }
}

const anyText = text(limits.urlBytesMax)

const sortMeaning =
  'The order of the groups: words of `group`, and figures; `-` before one turns it round.'

function words(
  name: string,
  description: string,
  most: number,
  known: readonly string[] | null,
): Parameter {
  const items: JsonSchema = known === null ? anyText : { type: 'string', enum: known }
  const schema: JsonSchema = { type: 'array', items, maxItems: most }
  return { name, in: 'query', description, style: 'form', explode: false, schema }
}

const limitOfGroups: Parameter = {
  name: 'limit',
  in: 'query',
  description: 'How many groups.',
  schema: { ...whole(1, limits.aggregateGroupsMax), default: limits.aggregateGroupsDefault },
}

/** Any number of parameters under names of this form. */
const conditions: Parameter = {
  name: 'figures',
  in: 'query',
  description: 'Conditions on the figures of a group: `count()[gt]=1`, with `&` between two.',
  style: 'form',
  explode: true,
  example: { 'count()[gt]': '1' },
  schema: {
    type: 'object',
    propertyNames: { pattern: `^(${measureWords.join('|')})\\(.*\\)(\\[\\w+\\])?$` },
    additionalProperties: anyText,
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
