/** Hand-written SQL as frozen data: the template's values are always parameters, never text. */

import { Decimal } from '../base/decimal.ts'

export interface SqlFragment {
  readonly kind: 'sql'
  /** One more than there are values. */
  readonly pieces: readonly string[]
  /** As the driver takes them. */
  readonly values: readonly SqlParameter[]
}

export type SqlParameter = string | number | boolean | null | readonly SqlParameter[]

/** What a template may hold: values become parameters, fragments become part of the text. */
type SqlValue =
  | string
  | number
  | boolean
  | null
  | bigint
  | Date
  | Decimal
  | SqlFragment
  | readonly SqlScalar[]
type SqlScalar = string | number | boolean | null | bigint | Date | Decimal

/** What Kysely's `compile()` returns. */
export interface CompiledSql {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export type SqlSource = SqlFragment | CompiledSql

function template(strings: TemplateStringsArray, ...values: readonly SqlValue[]): SqlFragment {
  const pieces = [strings[0] ?? '']
  const parameters: SqlParameter[] = []
  values.forEach((value, index) => {
    const next = strings[index + 1] ?? ''
    if (isFragment(value)) {
      append(pieces, parameters, value)
      pieces[pieces.length - 1] += next
    } else {
      parameters.push(toParameter(value))
      pieces.push(next)
    }
  })
  return freeze(pieces, parameters)
}

/** `select * from t where id = any(${ids})`: see the members for what a value cannot say. */
export const sql = Object.freeze(
  Object.assign(template, {
    /** A name of a table or column, quoted. */
    identifier(...path: readonly string[]): SqlFragment {
      return freeze([path.map(name => `"${name.replaceAll('"', '""')}"`).join('.')], [])
    },

    /** Fragments one after the other; `, ` between them unless given. */
    join(
      fragments: readonly SqlFragment[],
      separator: SqlFragment = freeze([', '], []),
    ): SqlFragment {
      const pieces = ['']
      const parameters: SqlParameter[] = []
      fragments.forEach((fragment, index) => {
        if (index > 0) append(pieces, parameters, separator)
        append(pieces, parameters, fragment)
      })
      return freeze(pieces, parameters)
    },
  }),
)

/** The text with `$1` to `$n`, and the n values. */
export function renderSql(source: SqlSource): {
  readonly text: string
  readonly values: readonly SqlParameter[]
} {
  if (!isFragment(source)) return { text: source.sql, values: source.parameters.map(toParameter) }
  let text = source.pieces[0] ?? ''
  for (let index = 1; index < source.pieces.length; index++)
    text += `$${index}${source.pieces[index]}`
  return { text, values: source.values }
}

/** Fragments made here: an object of the same form that came as JSON must not become text. */
const fragments = new WeakSet<object>()

function isFragment(value: unknown): value is SqlFragment {
  return typeof value === 'object' && value !== null && fragments.has(value)
}

function append(pieces: string[], parameters: SqlParameter[], fragment: SqlFragment): void {
  if (!isFragment(fragment)) throw new TypeError('a part of SQL must be made with sql`…`')
  pieces[pieces.length - 1] += fragment.pieces[0] ?? ''
  pieces.push(...fragment.pieces.slice(1))
  parameters.push(...fragment.values)
}

function toParameter(value: unknown): SqlParameter {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Decimal) return value.toString()
  if (Array.isArray(value)) return value.map(toParameter)
  throw new TypeError(
    `an SQL parameter must be a scalar or an array of scalars, not ${typeof value}`,
  )
}

function freeze(pieces: readonly string[], values: readonly SqlParameter[]): SqlFragment {
  const fragment: SqlFragment = Object.freeze({
    kind: 'sql',
    pieces: Object.freeze(pieces),
    values: Object.freeze(values),
  })
  fragments.add(fragment)
  return fragment
}
