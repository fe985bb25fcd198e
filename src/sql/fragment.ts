/** Pieces of SQL: text with slots for parameters, put together first and numbered last. */

import { quoteName, quoteText } from '../base/quote.ts'
import type { Parameter, ParameterSource } from './plan.ts'

/** A place for a value. Which text stands there is decided by `render` or `bind`. */
interface Slot {
  readonly source: ParameterSource
  /** The PostgreSQL type of the value: `uuid`, `text[]`. */
  readonly type: string
}

/**
 * Texts and slots in their order. Made by the functions of this module only, so no request value
 * can become text.
 */
export interface Fragment {
  readonly kind: 'fragment'
  readonly pieces: readonly (string | Slot)[]
}

function fragment(pieces: readonly (string | Slot)[]): Fragment {
  return { kind: 'fragment', pieces }
}

/**
 * Puts fragments together: `` sql`select ${columns} from ${table}` ``. Takes no strings: see `raw`,
 * `name`, `literal`.
 */
export function sql(texts: TemplateStringsArray, ...parts: readonly Fragment[]): Fragment {
  const pieces: (string | Slot)[] = []
  texts.forEach((text, index) => {
    if (text !== '') pieces.push(text)
    const part = parts[index]
    if (part !== undefined) pieces.push(...part.pieces)
  })
  return fragment(pieces)
}

/** Text that this codebase wrote, never anything that came from outside. */
export function raw(text: string): Fragment {
  return fragment([text])
}

/** A quoted identifier. */
export function name(identifier: string): Fragment {
  return raw(quoteName(identifier))
}

/** A qualified column: `t."created_at"`. */
export function column(alias: string, identifier: string): Fragment {
  return raw(`${alias}.${quoteName(identifier)}`)
}

/** A constant of the declaration as a string literal, with its type where one is given. */
export function literal(text: string, type?: string): Fragment {
  const quoted = quoteText(text)
  const escaped = quoted.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
  return raw(type === undefined ? escaped : `${escaped}::${type}`)
}

/** The place for a parameter. */
function slot(source: ParameterSource, type: string): Fragment {
  return fragment([{ source, type }])
}

/** The caller's id. */
export const callerId: Fragment = slot({ from: 'caller' }, 'uuid')

/** The `at`-th value of the request. */
export function value(at: number, type: string): Fragment {
  return slot({ from: 'value', at }, type)
}

export function join(parts: readonly Fragment[], separator: string): Fragment {
  return fragment(
    parts.flatMap((part, index) => (index === 0 ? part.pieces : [separator, ...part.pieces])),
  )
}

export const always: Fragment = raw('true')
export const never: Fragment = raw('false')

/** All of the conditions; without any: true. A single one stands without parentheses. */
export function all(conditions: readonly Fragment[]): Fragment {
  const needed = conditions.filter(condition => condition !== always)
  return needed.length === 0 ? always : join(needed, ' and ')
}

/** Any of the conditions, in parentheses; without any: false. */
export function any(conditions: readonly Fragment[]): Fragment {
  if (conditions.length === 0) return never
  return conditions.length === 1 ? conditions[0]! : sql`(${join(conditions, ' or ')})`
}

/** Puts something else in the place of every slot: a column of a relation of inputs, for one. */
export function bind(source: Fragment, replace: (slot: Slot) => Fragment): Fragment {
  return fragment(
    source.pieces.flatMap(piece => (typeof piece === 'string' ? [piece] : replace(piece).pieces)),
  )
}

/**
 * The text with `$1::type` for each slot. Slots of one source and type share a number; numbers
 * follow the first use.
 */
export function render(source: Fragment): {
  readonly text: string
  readonly parameters: readonly Parameter[]
} {
  const parameters: Parameter[] = []
  const numbers = new Map<string, number>()
  const text = textOf(source, place => {
    const key = parameterKey(place)
    const number = numbers.get(key) ?? parameters.push({ source: place.source, type: place.type })
    numbers.set(key, number)
    return `$${number}::${place.type}`
  })
  return { text, parameters }
}

/** The text with what `written` says for each slot. */
export function textOf(source: Fragment, written: (slot: Slot) => string): string {
  let text = ''
  for (const piece of source.pieces) text += typeof piece === 'string' ? piece : written(piece)
  return text
}

/** Equal for parameters that always hold the same value. */
export function parameterKey(parameter: Parameter): string {
  const { source } = parameter
  return source.from === 'caller' ? `caller:${parameter.type}` : `${source.at}:${parameter.type}`
}
