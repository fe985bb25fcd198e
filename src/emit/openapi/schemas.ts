/** The bodies of a resource: its row as it is read, and what creates, replaces and changes it. */

import { limits } from '../../base/limits.ts'
import { codec } from '../../model/kinds/index.ts'
import { groupsSchema } from './groups-schema.ts'
import { reference } from './document.ts'
import { isClosed, isReadable, isWritable } from './guards.ts'
import { idSchema, whole } from './plain-schemas.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'

type Form = 'row' | 'list' | 'groups' | 'create' | 'replace' | 'update'

/** `orders.row`: the name of one form among the component schemas. */
function schemaName(resource: string, form: Form): string {
  return `${resource}.${form}`
}

export function schemaReference(resource: string, form: Form): JsonSchema {
  return reference('schemas', schemaName(resource, form))
}

/** The forms that some operation takes or gives. */
export function resourceSchemas(resource: ResourceModel): Readonly<Record<string, JsonSchema>> {
  const { name, fields, access } = resource
  const writable = fields.filter(isWritable)
  const forms: readonly (readonly [Form, isUsed: boolean, JsonSchema])[] = [
    ['row', true, rowSchema(resource)],
    ['list', !isClosed(access.read), pageSchema(schemaReference(name, 'row'))],
    ['groups', !isClosed(access.read), groupsSchema(resource)],
    ['create', !isClosed(access.create), createSchema(writable)],
    ['replace', !isClosed(access.update), replaceSchema(writable)],
    ['update', !isClosed(access.update), updateSchema(writable)],
  ]
  return Object.fromEntries(
    forms
      .filter(([, isUsed]) => isUsed)
      .map(([form, , schema]) => [schemaName(name, form), schema]),
  )
}

function createSchema(writable: readonly FieldModel[]): JsonSchema {
  return {
    ...codec.schemaOfShape(writable),
    properties: { id: chosenId, ...propertiesOf(writable, writtenSchema) },
  }
}

/** Defaults do not fill in for what a replacement leaves out. */
function replaceSchema(writable: readonly FieldModel[]): JsonSchema {
  const required = writable.filter(field => !field.optional).map(field => field.name)
  return { ...codec.schemaOfShape(writable), required }
}

function updateSchema(writable: readonly FieldModel[]): JsonSchema {
  return {
    type: 'object',
    description: 'A JSON Merge Patch (RFC 7396): what is left out stays as it is.',
    properties: propertiesOf(writable, writtenSchema),
    additionalProperties: false,
  }
}

const chosenId: JsonSchema = {
  ...idSchema,
  description: 'Made by the server unless the caller chooses it.',
}

const totalSchema: JsonSchema = {
  type: 'object',
  description: 'With withTotal=true.',
  properties: {
    rows: whole(0, limits.totalRowsMax),
    exact: { type: 'boolean', description: 'False where there are more rows than were counted.' },
  },
  required: ['rows', 'exact'],
  additionalProperties: false,
}

/** A page of a list. */
function pageSchema(item: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: item, maxItems: limits.listLimitMax },
      next: {
        type: ['string', 'null'],
        maxLength: limits.urlBytesMax,
        description: 'The `after` of the next page.',
      },
      total: totalSchema,
    },
    required: ['data', 'next'],
    additionalProperties: false,
  }
}

/** Nothing is required: `fields` and the rules of access decide what a row shows. */
function rowSchema({ fields, inverses }: ResourceModel): JsonSchema {
  const readable = fields.filter(isReadable)
  const related = [...inverses.values()].map(inverse => [
    inverse.name,
    {
      type: 'array',
      items: schemaReference(inverse.across?.resource ?? inverse.resource, 'row'),
      maxItems: limits.expandRowsMax,
      description: `With expand=${inverse.name}.`,
    },
  ])
  return {
    type: 'object',
    properties: { ...propertiesOf(readable, readSchema), ...Object.fromEntries(related) },
    additionalProperties: false,
  }
}

function writtenSchema(field: FieldModel): JsonSchema {
  return codec.schema(field)
}

/** A reference is an id, or with `expand` the row itself, null where the caller may not see it. */
function readSchema(field: FieldModel): JsonSchema {
  if (field.kind !== 'ref') return codec.schema(field)
  return {
    anyOf: [codec.schema(field), schemaReference(field.target!, 'row'), { type: 'null' }],
    description: `The id of a row of ${field.target}; with expand=${field.name} the row.`,
  }
}

function propertiesOf(
  fields: readonly FieldModel[],
  schema: (field: FieldModel) => JsonSchema,
): JsonSchema {
  return Object.fromEntries(fields.map(field => [field.name, schema(field)]))
}
