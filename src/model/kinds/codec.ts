/**
 * The kinds put to work on whole fields and shapes: null, absence, unknown names and nesting are
 * dealt with here.
 */

import type { FieldKind } from '../../declare/field.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { escapePointer } from '../../base/pointer.ts'
import { suggestion } from '../suggest.ts'
import { isJsonObject } from './json.ts'
import type { JsonSchema, Kind } from './kind.ts'

/** From one form of a value to canonical. */
export type Reading = 'check' | 'parse' | 'store'

/**
 * Gives the value of a field that the input leaves out, undefined to leave it out; may add a fault.
 */
export type Absent = (field: FieldModel, place: string, faults: Faults) => unknown

export interface Codec {
  /** To canonical; null passes where the field is optional. */
  read(reading: Reading, field: FieldModel, value: unknown, place: string, faults: Faults): unknown
  /** To canonical, field by field; names that `fields` does not have are faults. */
  readShape(
    reading: Reading,
    fields: readonly FieldModel[],
    value: unknown,
    place: string,
    faults: Faults,
    absent?: Absent,
  ): Record<string, unknown>
  /** From canonical to driver. */
  encode(field: FieldModel, canonical: unknown): unknown
  /** From canonical or the driver's text to user code. */
  load(field: FieldModel, stored: unknown): unknown
  /** Fields that are not there stay away. */
  loadShape(fields: readonly FieldModel[], stored: unknown): Record<string, unknown>
  schema(field: FieldModel): JsonSchema
  schemaOfShape(fields: readonly FieldModel[]): JsonSchema
}

/** `kindOf` is looked at when a value is handled, so that lists may hold any kind. */
export function createCodec(kindOf: (kind: FieldKind) => Kind): Codec {
  const codec: Codec = {
    read(reading, field, value, place, faults) {
      if (value === null) {
        return field.optional ? null : faults.add(place, 'null', 'may not be null')
      }
      const kind = kindOf(field.kind)
      if (reading !== 'parse') return kind[reading](field, value, place, faults)
      if (typeof value !== 'string') return faults.add(place, 'type', 'must be given once')
      return kind.parse(field, value, place, faults)
    },

    readShape(reading, fields, value, place, faults, absent = absentMember) {
      const values: Record<string, unknown> = {}
      if (!isJsonObject(value)) {
        faults.add(place, 'type', 'must be an object')
        return values
      }
      let known = 0
      for (const field of fields) {
        const inner = reading === 'parse' ? field.name : `${place}/${field.name}`
        const present = Object.hasOwn(value, field.name)
        if (present) known++
        const given = present ? value[field.name] : undefined
        const canonical =
          given === undefined
            ? absent(field, inner, faults)
            : codec.read(reading, field, given, inner, faults)
        if (canonical !== undefined) values[field.name] = canonical
      }
      if (known !== Object.keys(value).length) reportUnknown(reading, fields, value, place, faults)
      return values
    },

    encode(field, canonical) {
      return canonical === null ? null : kindOf(field.kind).encode(canonical)
    },

    load(field, stored) {
      return stored === null || stored === undefined ? null : kindOf(field.kind).load(field, stored)
    },

    loadShape(fields, stored) {
      const values: Record<string, unknown> = {}
      if (!isJsonObject(stored)) return values
      for (const field of fields) {
        const value = stored[field.name]
        if (value !== undefined) values[field.name] = codec.load(field, value)
      }
      return values
    },

    schema(field) {
      const schema = kindOf(field.kind).schema(field)
      if (!field.optional) return schema
      if ('enum' in schema) return { anyOf: [schema, { type: 'null' }] }
      return { ...schema, type: [schema['type'], 'null'] }
    },

    schemaOfShape(fields) {
      const required = fields.filter(field => !isOmissible(field)).map(field => field.name)
      return {
        type: 'object',
        properties: Object.fromEntries(fields.map(field => [field.name, codec.schema(field)])),
        ...(required.length > 0 && { required }),
        additionalProperties: false,
      }
    },
  }
  return Object.freeze(codec)
}

function isOmissible(field: FieldModel): boolean {
  return field.optional || field.default !== null
}

/** Inside lists and objects only plain defaults exist. */
function absentMember(field: FieldModel, place: string, faults: Faults): unknown {
  if (field.default?.kind === 'value') return field.default.value
  return field.optional ? null : faults.add(place, 'required', 'must be given')
}

function reportUnknown(
  reading: Reading,
  fields: readonly FieldModel[],
  value: Readonly<Record<string, unknown>>,
  place: string,
  faults: Faults,
): void {
  const names = fields.map(field => field.name)
  for (const key of Object.keys(value)) {
    if (faults.full) return
    if (names.includes(key)) continue
    const inner = reading === 'parse' ? key : `${place}/${escapePointer(key)}`
    faults.add(inner, 'unknown', `is not a field${suggestion(key, names)}`)
  }
}
