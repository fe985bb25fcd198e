/** The parameters of the paths: filters, sort, pages, views and the headers of requests. */

import { limits } from '../../base/limits.ts'
import { documentOf, fieldNamed } from '../../model/document-path.ts'
import { filtersOf } from '../../model/filter.ts'
import { kinds } from '../../model/kinds/index.ts'
import { reference } from './document.ts'
import { idSchema, text, whole } from './plain-schemas.ts'
import { isClosed, isReadable } from './guards.ts'
import type { Parameter, Reference } from './document.ts'
import type { FilterOperator } from '../../declare/rule.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'

/** What stands in a query string is bounded by the URL alone. */
const anyText = text(limits.urlBytesMax)
const words: JsonSchema = { type: 'array', items: anyText, maxItems: limits.urlBytesMax }

function commaSeparated(name: string, description: string, schema: JsonSchema = words): Parameter {
  return { name, in: 'query', description, style: 'form', explode: false, schema }
}

function header(name: string, description: string, schema: JsonSchema): Parameter {
  return { name, in: 'header', description, schema }
}

/** ETags, with commas between. */
const tags = text(limits.headerBytesMax)

/** The parameters that every resource shares. */
export const sharedParameters = {
  Id: { name: 'id', in: 'path', required: true, schema: idSchema },
  Fields: commaSeparated(
    'fields',
    'Only these fields; with dots those of expanded rows: `fields=total,lines.quantity`.',
  ),
  Limit: {
    name: 'limit',
    in: 'query',
    description: 'Rows of a page.',
    schema: {
      ...whole(1, limits.listLimitMax),
      default: limits.listLimitDefault,
    },
  },
  After: {
    name: 'after',
    in: 'query',
    description: 'The `next` of the page before, of the same filters and sort.',
    schema: anyText,
  },
  WithTotal: {
    name: 'withTotal',
    in: 'query',
    description: 'Whether all rows that meet the filters are counted.',
    schema: { type: 'boolean', default: false },
  },
  IfMatch: header(
    'If-Match',
    'The ETag of the row that is to be changed: the change is refused with 412 if it has another version.',
    { ...tags, examples: ['"3-d41d8cd9"'] },
  ),
  IfNoneMatch: header(
    'If-None-Match',
    'The ETag that the caller has: answered with 304 if it still holds.',
    tags,
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    'Makes the request safe to send again: the same key gives the same answer and one effect.',
    { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyCharsMax },
  ),
} as const satisfies Readonly<Record<string, Parameter>>

export function shared(name: keyof typeof sharedParameters): Reference {
  return reference('parameters', name)
}

/** What is particular to the lists and views of one resource. */
export function resourceParameters(resource: ResourceModel): Readonly<Record<string, Parameter>> {
  if (Object.values(resource.access).every(isClosed)) return {}
  const filters = filterable(resource).flatMap(fieldFilters)
  return Object.fromEntries([
    ...filters.map(({ field, operator, parameter }) => [
      filterName(resource, field, operator),
      parameter,
    ]),
    ...[...sortParameters(resource), expandParameter(resource)].map(parameter => [
      `${resource.name}.${parameter.name}`,
      parameter,
    ]),
  ])
}

export function viewReferences(resource: ResourceModel): readonly Reference[] {
  return [shared('Fields'), reference('parameters', `${resource.name}.expand`)]
}

/** Filters of the rows. `except` names the field that the path of a nested list fixes. */
export function filterReferences(
  resource: ResourceModel,
  except: string | null = null,
): readonly Reference[] {
  return filterable(resource)
    .filter(field => field.name !== except)
    .flatMap(fieldFilters)
    .map(({ field, operator }) => reference('parameters', filterName(resource, field, operator)))
}

export function listReferences(
  resource: ResourceModel,
  except: string | null = null,
): readonly Reference[] {
  return [
    ...filterReferences(resource, except),
    ...sortParameters(resource).map(() => reference('parameters', `${resource.name}.sort`)),
    shared('Limit'),
    shared('After'),
    shared('WithTotal'),
    ...viewReferences(resource),
  ]
}

/** Of the places in documents those that have an index; others cannot be listed. */
function filterable({ fields, field, indexes }: ResourceModel): readonly FieldModel[] {
  const names = new Set(indexes.flatMap(({ columns }) => columns.map(column => column.field)))
  const places = [...names]
    .filter(name => documentOf(name) !== name)
    .map(name => fieldNamed(field, name)!)
  return [...fields, ...places].filter(isReadable)
}

interface FieldFilter {
  readonly field: string
  readonly operator: FilterOperator
  readonly parameter: Parameter
}

function fieldFilters(field: FieldModel): readonly FieldFilter[] {
  return filtersOf(field).map(operator => ({
    field: field.name,
    operator,
    parameter: {
      name: operator === 'eq' ? field.name : `${field.name}[${operator}]`,
      in: 'query',
      description: operatorMeanings[operator],
      ...(operator === 'in' && { style: 'form', explode: true }),
      schema: filterSchema(field, operator),
    },
  }))
}

const operatorMeanings: Readonly<Record<FilterOperator, string>> = {
  eq: 'Rows with this value.',
  ne: 'Rows with another value.',
  gt: 'Rows with a greater value.',
  gte: 'Rows with this value or a greater one.',
  lt: 'Rows with a smaller value.',
  lte: 'Rows with this value or a smaller one.',
  in: 'Rows with one of these values; repeat the parameter.',
  contains: 'Rows whose text has this part.',
  startsWith: 'Rows whose text begins so.',
  isNull: 'Rows without a value, or with one.',
}

function filterSchema(field: FieldModel, operator: FilterOperator): JsonSchema {
  if (operator === 'isNull') return { type: 'boolean' }
  if (operator === 'contains' || operator === 'startsWith') return anyText
  const one = field.path === null ? kinds[field.kind].schema(field) : placeSchema
  return operator === 'in' ? { type: 'array', items: one, maxItems: limits.filterInMax } : one
}

/** A number, `true`, `false`, or a text, in double quotes where it looks like one of those. */
const placeSchema: JsonSchema = {
  type: 'string',
  maxLength: limits.documentPathCharsMax,
  description: 'A number, true, false, or a text; "10" in quotes is the text.',
}

/** Only fields of indexes: other orders are refused, with the index to declare. */
function sortParameters({ indexes }: ResourceModel): readonly Parameter[] {
  const fields = new Set(indexes.flatMap(({ columns }) => columns.map(({ field }) => field)))
  if (fields.size === 0) return []
  const items = { type: 'string', enum: [...fields].flatMap(field => [field, `-${field}`]) }
  return [
    commaSeparated(
      'sort',
      `The order; \`-\` before a field turns it round. By: ${[...fields].join(', ')}.`,
      {
        type: 'array',
        items,
        maxItems: limits.sortFieldsMax,
      },
    ),
  ]
}

function expandParameter({ fields, inverses }: ResourceModel): Parameter {
  const references = fields.filter(field => field.kind === 'ref' && isReadable(field))
  const names = [...references.map(field => field.name), ...inverses.keys()]
  const choice = names.length === 0 ? 'There is none here.' : `Here: ${names.join(', ')}.`
  return commaSeparated(
    'expand',
    `Related rows in the answer, with dots up to ${limits.expandDepthMax} steps away. ${choice}`,
  )
}

/** Names of components have few characters. */
function filterName(resource: ResourceModel, field: string, operator: FilterOperator): string {
  const name = field.replaceAll(/[^\w.-]/g, other => `_${other.codePointAt(0)!.toString(16)}`)
  return `${resource.name}.${name}.${operator}`
}
