/** From filters, sorts and views to the query string of a list, a read or a query. */

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

/** Begins with `?`, or is empty. */
export function listQuery(filter: object, options: Listed): string {
  const { sort, limit, after, withTotal } = options
  return written([
    ...Object.entries(filter).flatMap(([field, condition]) => filters(field, condition)),
    ...view(options),
    ...(sort === undefined || sort.length === 0 ? [] : [['sort', sort.join(',')] as const]),
    ...(limit === undefined ? [] : [['limit', String(limit)] as const]),
    ...(after === undefined ? [] : [['after', after] as const]),
    ...(withTotal === true ? [['withTotal', 'true'] as const] : []),
  ])
}

export function viewQuery(options: Viewed): string {
  return written(view(options))
}

/** The input of a query: a value that is missing is left out. */
export function inputQuery(input: object): string {
  return written(
    Object.entries(input).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, wire(value)] as const],
    ),
  )
}

type Parameter = readonly [name: string, value: string]

function written(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return ''
  const pairs = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return `?${pairs.join('&')}`
}

function filters(field: string, condition: unknown): readonly Parameter[] {
  if (condition === undefined) return []
  if (condition === null) return [[`${field}[isNull]`, 'true']]
  const writing = field.includes('.') ? placeWire : wire
  if (typeof condition !== 'object' || condition instanceof Date)
    return [[field, writing(condition)]]
  return Object.entries(condition).flatMap(([operator, operand]: [string, unknown]) => {
    if (operand === undefined) return []
    const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand]
    const how = operator === 'isNull' || operator === 'startsWith' ? wire : writing
    return values.map(value => [`${field}[${operator}]`, how(value)] as const)
  })
}

function wire(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}

/** In a document a text is told from a number by its quotes. */
function placeWire(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : wire(value)
}

function view(options: Viewed): readonly Parameter[] {
  const expand = [...expansions(options, '')]
  const fields = [...chosen(options, '')]
  return [
    ...(fields.length === 0 ? [] : [['fields', fields.join(',')] as const]),
    ...(expand.length === 0 ? [] : [['expand', expand.join(',')] as const]),
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
