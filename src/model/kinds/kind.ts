/**
 * What every kind of field knows: its PostgreSQL type, its checks and its way between wire, driver
 * and user code.
 */

import type { FilterOperator } from '../../declare/rule.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'

/** A JSON Schema (2020-12) as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * Four forms of a value: the *wire* value is JSON; the *canonical* value is the one wire form that
 * is stored and answered (a decimal padded to its scale, a uuid in lower case); the *driver* value
 * is what a statement's parameter takes; the *user* value is what code in commands and hooks
 * handles (Decimal, bigint, Date).
 *
 * No function here ever gets null or undefined: `codec` of `index.ts` deals with these for all
 * kinds. What adds a fault may return anything.
 */
export interface Kind {
  readonly filters: readonly FilterOperator[]
  /** Without `not null`, with collation: the type of a column. */
  postgresType(field: FieldModel): string
  /** From parsed JSON to canonical. */
  check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown
  /** From the text of a URL to canonical. */
  parse(field: FieldModel, text: string, place: string, faults: Faults): unknown
  /** From canonical to driver. */
  encode(canonical: unknown): unknown
  /** From canonical JSON (or the driver's text of it) to user. */
  load(field: FieldModel, stored: unknown): unknown
  /** From user to canonical, with all checks. */
  store(field: FieldModel, value: unknown, place: string, faults: Faults): unknown
  /** Of the canonical value, without null. */
  schema(field: FieldModel): JsonSchema
}

export const equalityFilters = ['eq', 'ne', 'in', 'isNull'] as const
export const orderedFilters = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'isNull'] as const

/** Where driver, wire and user code agree on the value. */
export function itself(value: unknown): unknown {
  return value
}

export function loadItself(_field: FieldModel, stored: unknown): unknown {
  return stored
}

/** Leaves out what is not bounded. */
export function bounded(schema: JsonSchema, bounds: JsonSchema): JsonSchema {
  const given = Object.entries(bounds).filter(([, bound]) => bound !== null)
  return given.length === 0 ? schema : { ...schema, ...Object.fromEntries(given) }
}
