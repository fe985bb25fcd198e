/** From filters, sorts and views to the query string of a list, a read or a query. */

import { Reference } from './references.ts'

interface Viewed {
  readonly fields?: readonly string[]
  readonly expand?: Readonly<Record<string, true | Viewed>>
}

export interface Listed extends Viewed {
  readonly sort?: readonly string[]
  readonly limit?: number
  readonly after?: string
  readonly withTotal?: boolean
}

export function listParameters(filter: object, options: Listed): readonly Parameter[] {
  const { sort = [], limit, after, withTotal } = options
  return [
    ...filterParameters(filter),
    ...viewParameters(options),
    ...words('sort', sort),
    ...(limit === undefined ? [] : [['limit', String(limit)] as const]),
    ...(after === undefined ? [] : [['after', after] as const]),
    ...(withTotal === true ? [['withTotal', 'true'] as const] : []),
  ]
}

export interface Grouped {
  readonly select?: readonly string[]
  readonly group?: readonly string[]
  readonly having?: object
  readonly sort?: readonly string[]
  readonly limit?: number
}

export function aggregateParameters(filter: object, options: Grouped): readonly Parameter[] {
  const { select = [], group = [], having = {}, sort = [], limit } = options
  return [
    ...filterParameters(filter),
    ...filterParameters(having),
    ...words('select', select),
    ...words('group', group),
    ...words('sort', sort),
    ...(limit === undefined ? [] : [['limit', String(limit)] as const]),
  ]
}

function filterParameters(filter: object): readonly Parameter[] {
  return Object.entries(filter).flatMap(([field, condition]) => filters(field, condition))
}

/** None where there are none: an empty list would be a mistake. */
function words(name: string, list: readonly string[]): readonly Parameter[] {
  return list.length === 0 ? [] : [[name, list.join(',')]]
}

/** The input of a query: a value that is missing is left out. */
export function inputParameters(input: object): readonly Parameter[] {
  return Object.entries(input).flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, wire(value)] as const],
  )
}

/** A value is text; in a batch it may be a reference. */
export type Parameter = readonly [name: string, value: unknown]

/** Begins with `?`, or is empty. */
export function queryOf(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return ''
  const pairs = parameters.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return `?${pairs.join('&')}`
}

function filters(field: string, condition: unknown): readonly Parameter[] {
  if (condition === undefined) return []
  if (condition === null) return [[`${field}[isNull]`, 'true']]
  const writing = field.includes('.') ? placeWire : wire
  if (typeof condition !== 'object' || condition instanceof Date || condition instanceof Reference)
    return [[field, writing(condition)]]
  return Object.entries(condition).flatMap(([operator, operand]: [string, unknown]) => {
    if (operand === undefined) return []
    const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand]
    const how = operator === 'isNull' || operator === 'startsWith' ? wire : writing
    return values.map(value => [`${field}[${operator}]`, how(value)] as const)
  })
}

function wire(value: unknown): unknown {
  if (value instanceof Reference) return value
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** In a document a text is told from a number by its quotes. */
function placeWire(value: unknown): unknown {
  return typeof value === 'string' ? JSON.stringify(value) : wire(value)
}

export function viewParameters(options: Viewed): readonly Parameter[] {
  return [
    ...words('fields', [...chosen(options, '')]),
    ...words('expand', [...expansions(options, '')]),
  ]
}

function* relations({ expand = {} }: Viewed): Iterable<readonly [string, Viewed]> {
  for (const [name, inner] of Object.entries(expand)) yield [name, inner === true ? {} : inner]
}

/** A path says every step before it too. */
function* expansions(options: Viewed, before: string): Iterable<string> {
  for (const [name, inner] of relations(options)) {
    if (Object.keys(inner.expand ?? {}).length === 0) yield before + name
    yield* expansions(inner, `${before}${name}.`)
  }
}

function* chosen(options: Viewed, before: string): Iterable<string> {
  for (const field of options.fields ?? []) yield before + field
  for (const [name, inner] of relations(options)) yield* chosen(inner, `${before}${name}.`)
}
