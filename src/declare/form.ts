/**
 * Forms: what the options of a word look like at run time. Types tell it to whoever compiles; a
 * misspelt option that nobody compiled must not leave a resource open.
 */

import { isField } from './field.ts'
import { inside, wrong } from './mistake.ts'
import type { Mistake } from './mistake.ts'
import type { RuleNode } from './rule.ts'

export interface Form {
  /** `a rule of access`, as a message says it. */
  readonly wanted: string
  readonly required: boolean
  /** Places are relative to the value. */
  readonly mistakesIn: (value: unknown) => readonly Mistake[]
}

/** A form for each option of a definition: an option without one does not compile. */
export type Options<Definition> = { readonly [K in keyof Definition]-?: Form }

function plain(wanted: string, isSo: (value: unknown) => boolean): Form {
  const mistakesIn = (value: unknown) => (isSo(value) ? [] : wrong(wanted, value))
  return Object.freeze({ wanted, required: false, mistakesIn })
}

export const anything = plain('a value', () => true)
export const flag = plain('true or false', value => typeof value === 'boolean')
export const text = plain('text', value => typeof value === 'string')
export const resourceName = plain('the name of a resource', value => typeof value === 'string')
export const textOrFalse = plain(
  'text or false',
  value => typeof value === 'string' || value === false,
)
export const number = plain('a number', value => typeof value === 'number')
export const bigint = plain('a bigint', value => typeof value === 'bigint')
export const pattern = plain('a regular expression', value => value instanceof RegExp)
export const code = plain('a function', value => typeof value === 'function')
export const rule = plain(
  'a rule of access, such as access.signedIn',
  value => isObject(value) && isRuleNode(value['node']),
)

export function oneOf(words: readonly string[]): Form {
  const wanted = `one of ${words.map(word => `'${word}'`).join(', ')}`
  return plain(wanted, value => words.some(word => word === value))
}

/** Something that the words of these kinds made. */
export function made(wanted: string, ...kinds: readonly string[]): Form {
  return plain(wanted, value => isObject(value) && kinds.some(kind => value['kind'] === kind))
}

export function either(wanted: string, formOf: (value: unknown) => Form): Form {
  return Object.freeze({
    wanted,
    required: false,
    mistakesIn: (value: unknown) => formOf(value).mistakesIn(value),
  })
}

export function required(form: Form): Form {
  return Object.freeze({ ...form, required: true })
}

export function listOf(item: Form, wanted: string): Form {
  const mistakesIn = (value: unknown) =>
    Array.isArray(value)
      ? value.flatMap((each, at) => inside(`[${at}]`, item.mistakesIn(each)))
      : wrong(wanted, value)
  return Object.freeze({ wanted, required: false, mistakesIn })
}

/** Names of the user's own choice. */
export function mapOf(item: Form, wanted: string): Form {
  const mistakesIn = (value: unknown) =>
    isObject(value)
      ? Object.entries(value).flatMap(([name, each]) => inside(`.${name}`, item.mistakesIn(each)))
      : wrong(wanted, value)
  return Object.freeze({ wanted, required: false, mistakesIn })
}

/** Names that the word knows; an option that is undefined was not given. */
export function record(options: Readonly<Record<string, Form>>): Form {
  const known = Object.freeze(Object.keys(options))
  const wanted = known.length === 0 ? 'an object' : `an object of ${known.join(', ')}`
  const mistakesIn = (value: unknown): readonly Mistake[] => {
    if (!isObject(value)) return wrong(wanted, value)
    const unknown = Object.keys(value).filter(name => !Object.hasOwn(options, name))
    return [
      ...unknown.map(name => Object.freeze({ kind: 'unknown', place: `.${name}`, name, known })),
      ...Object.entries(options).flatMap(([name, form]) =>
        inside(`.${name}`, given(form, value[name])),
      ),
    ]
  }
  return Object.freeze({ wanted, required: false, mistakesIn })
}

function given(form: Form, value: unknown): readonly Mistake[] {
  if (value !== undefined) return form.mistakesIn(value)
  return form.required ? [{ kind: 'missing', place: '', wanted: form.wanted }] : []
}

/** A field tells the mistakes of its own options here, under its name. */
const field: Form = Object.freeze({
  wanted: 'a field',
  required: false,
  mistakesIn: (value: unknown) => (isField(value) ? value.mistakes : wrong('a field', value)),
})

const notAField = plain('an object of fields', () => false)
const fields = mapOf(field, 'an object of fields')
export const shape = either(fields.wanted, value => (isField(value) ? notAField : fields))
export const members = either('a field or an object of fields', value =>
  isField(value) ? field : shape,
)

/**
 * The definition and its mistakes. One that has any is told and never built, so `empty` stands in
 * where reading on would stumble.
 */
export function readDefinition<Definition extends object>(
  form: Form,
  definition: Definition,
  empty: Definition,
): { readonly given: Definition; readonly mistakes: readonly Mistake[] } {
  const mistakes = Object.freeze(form.mistakesIn(definition))
  const readable = mistakes.every(({ kind }) => kind === 'unknown')
  return { given: readable ? definition : empty, mistakes }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ruleKinds: ReadonlySet<unknown> = new Set<RuleNode['kind']>([
  'anyone',
  'signedIn',
  'nobody',
  'owner',
  'role',
  'where',
  'through',
  'anyOf',
  'allOf',
  'not',
])

/** All the way down: a word in place of a rule must not stand for no rule. */
function isRuleNode(node: unknown): boolean {
  if (!isObject(node) || !ruleKinds.has(node['kind'])) return false
  const inner: unknown = node['kind'] === 'not' ? [node['rule']] : (node['rules'] ?? [])
  return Array.isArray(inner) && inner.every(isRuleNode)
}
