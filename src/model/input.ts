/** From the wire to what a statement or a command takes: compiled once for each declared shape. */

import type { Faults } from './faults.ts'
import { codec } from './kinds/index.ts'
import { isJsonObject } from './kinds/json.ts'
import type { Absent, Reading } from './kinds/codec.ts'
import type { FieldDefault, FieldModel } from './model.ts'

/**
 * Create fills in defaults; replace wants every field (optional ones become null); update takes
 * what is there.
 */
export type InputMode = 'create' | 'replace' | 'update'

/** What defaults are made of; handed in because the model reads no clock. */
export interface Given {
  /** The caller's id, null for nobody. */
  readonly caller: string | null
  readonly nowMs: number
  /**
   * Fields that the caller may write of no row: what an input does not say of them is nothing that
   * it sets, so it stays as it is or becomes the default.
   */
  readonly withheld?: (field: FieldModel) => boolean
}

/** Field name to driver value, in the order of the fields. */
export type DriverValues = Record<string, unknown>

/** Reads a JSON body. The result is of use only when no fault was added. */
export function compileInput(
  fields: readonly FieldModel[],
  mode: InputMode,
): (json: unknown, faults: Faults, given: Given) => DriverValues {
  const written = fields.filter(field => !field.readOnly && (!field.system || mode === 'create'))
  const refused = fields.filter(field => !written.includes(field)).map(field => field.name)
  return (json, faults, given) => {
    const body = withoutReadOnly(refused, json, faults)
    return readEncoded('check', written, body, mode, faults, given)
  }
}

/** Reads what user code gives a repository: fields that only the API may not write are allowed. */
export function compileStore(
  fields: readonly FieldModel[],
  mode: InputMode,
): (values: unknown, faults: Faults, given: Given) => DriverValues {
  const written = fields.filter(field => !field.system || (!field.readOnly && mode === 'create'))
  return (values, faults, given) => readEncoded('store', written, values, mode, faults, given)
}

/**
 * Reads the input of a command or query into user values: from a URL (`parse`), a body (`check`) or
 * user code (`store`).
 */
export function compileArguments(
  fields: readonly FieldModel[],
): (input: unknown, reading: Reading, faults: Faults, given: Given) => Record<string, unknown> {
  return (input, reading, faults, given) => {
    const values = codec.readShape(reading, fields, input, '', faults, absentIn('create', given))
    return faults.any ? values : codec.loadShape(fields, values)
  }
}

function readEncoded(
  reading: Reading,
  fields: readonly FieldModel[],
  value: unknown,
  mode: InputMode,
  faults: Faults,
  given: Given,
): DriverValues {
  const values = codec.readShape(reading, fields, value, '', faults, absentIn(mode, given))
  if (faults.any) return values
  for (const field of fields) {
    const canonical = values[field.name]
    if (canonical !== undefined) values[field.name] = codec.encode(field, canonical)
  }
  return values
}

function absentIn(mode: InputMode, given: Given): Absent {
  if (mode === 'update') return leaveOut
  return (field, place, faults) => {
    if (field.system && !field.readOnly) return undefined // the id is the engine's to give
    const settled = mode === 'replace' || field.optional || field.default !== null
    if (settled && given.withheld?.(field) === true) return undefined
    const value =
      mode === 'create' && field.default !== null ? defaultOf(field.default, given) : null
    if (value !== null) return value
    return field.optional ? null : faults.add(place, 'required', missing(field))
  }
}

function missing(field: FieldModel): string {
  const isCaller = field.default?.kind === 'caller'
  return `must be given${isCaller ? ', as there is no caller whom it could become' : ''}`
}

function leaveOut(): undefined {
  return undefined
}

function defaultOf(declared: FieldDefault, given: Given): unknown {
  if (declared.kind === 'value') return declared.value
  return declared.kind === 'caller' ? given.caller : new Date(given.nowMs).toISOString()
}

/** Names the engine's own fields once as such, rather than as unknown. */
function withoutReadOnly(refused: readonly string[], json: unknown, faults: Faults): unknown {
  if (!isJsonObject(json)) return json
  const named = refused.filter(name => Object.hasOwn(json, name))
  if (named.length === 0) return json
  for (const name of named) faults.add(`/${name}`, 'read-only', 'is set by the engine')
  return Object.fromEntries(Object.entries(json).filter(([name]) => !named.includes(name)))
}
