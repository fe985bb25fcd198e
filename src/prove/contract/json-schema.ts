/**
 * Whether a value is as a JSON Schema says (draft 2020-12), for the words that our documents use.
 * A word that is not known here is an error: what nobody looked at would pass.
 */

import { unescapePointer } from '../../base/pointer.ts'

export interface Schemas {
  /** What is wrong with the value, in words; `pointer` leads to the schema in the document. */
  readonly judge: (pointer: string, value: unknown, what: string) => readonly string[]
}

type Schema = Readonly<Record<string, unknown>>

interface Judging {
  readonly root: object
  readonly schema: Schema
}

/** Of one word: what is wrong with the value. `word` is what the schema has under it. */
type Judge = (word: unknown, value: unknown, at: string, judging: Judging) => readonly string[]

export function schemasOf(document: object): Schemas {
  return {
    judge: (pointer, value, what) => judge(found(document, pointer), value, what, document),
  }
}

function judge(schema: unknown, value: unknown, at: string, root: object): readonly string[] {
  if (schema === true) return []
  if (schema === false) return [`${at} must not be there`]
  if (!isObject(schema)) throw new Error(`no schema at ${at}`)
  return Object.entries(schema).flatMap(([name, word]) => {
    const judgeWord = words[name] ?? (isAnnotation(name) ? anything : null)
    if (judgeWord === null) throw new Error(`the document has ${name}, which nobody can judge yet`)
    return judgeWord(word, value, at, { root, schema })
  })
}

function found(document: object, pointer: string): unknown {
  const parts = pointer.replace(/^#/, '').split('/').slice(1).map(unescapePointer)
  const place = parts.reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), document)
  if (place === undefined) throw new Error(`the document has nothing at ${pointer}`)
  return place
}

const anything: Judge = () => []

const annotations =
  'title description default deprecated example examples readOnly writeOnly $comment'
const annotating: ReadonlySet<string> = new Set(annotations.split(' '))

function isAnnotation(name: string): boolean {
  return annotating.has(name) || name.startsWith('x-')
}

const words: Readonly<Record<string, Judge>> = {
  $ref: (word, value, at, { root }) => judge(found(root, String(word)), value, at, root),
  type(word, value, at) {
    const names = Array.isArray(word) ? word.map(String) : [String(word)]
    return told(
      names.some(name => isOfType(name, value)),
      `${at} must be ${names.join(' or ')}`,
    )
  },
  const: (word, value, at) => told(isSame(word, value), `${at} must be ${JSON.stringify(word)}`),
  enum: (word, value, at) =>
    told(
      asList(word).some(each => isSame(each, value)),
      `${at} must be one of ${JSON.stringify(word)}`,
    ),
  format(word, value, at) {
    const isRight = formats[String(word)]
    if (isRight === undefined) throw new Error(`nobody can judge the format ${String(word)} yet`)
    return told(typeof value !== 'string' || isRight(value), `${at} must be a ${String(word)}`)
  },
  pattern: (word, value, at) =>
    told(
      typeof value !== 'string' || new RegExp(String(word), 'u').test(value),
      `${at} must match ${String(word)}`,
    ),
  minLength: (word, value, at) => told(!(lengthOf(value) < Number(word)), `${at} is too short`),
  maxLength: (word, value, at) => told(!(lengthOf(value) > Number(word)), `${at} is too long`),
  minimum: (word, value, at) =>
    told(typeof value !== 'number' || value >= Number(word), `${at} is too small`),
  maximum: (word, value, at) =>
    told(typeof value !== 'number' || value <= Number(word), `${at} is too large`),
  minItems: (word, value, at) =>
    told(!Array.isArray(value) || value.length >= Number(word), `${at} has too few items`),
  maxItems: (word, value, at) =>
    told(!Array.isArray(value) || value.length <= Number(word), `${at} has too many items`),
  items: (word, value, at, { root }) =>
    Array.isArray(value) ? value.flatMap((each, n) => judge(word, each, `${at}/${n}`, root)) : [],
  required: (word, value, at) =>
    isObject(value)
      ? asList(word).flatMap(name =>
          told(Object.hasOwn(value, String(name)), `${at}/${String(name)} is missing`),
        )
      : [],
  properties: (word, value, at, { root }) =>
    isObject(value) && isObject(word)
      ? Object.entries(word).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? judge(schema, value[name], `${at}/${name}`, root) : [],
        )
      : [],
  additionalProperties(word, value, at, { root, schema }) {
    const declared = isObject(schema['properties']) ? schema['properties'] : {}
    return isObject(value)
      ? Object.entries(value).flatMap(([name, each]) =>
          Object.hasOwn(declared, name) ? [] : judge(word, each, `${at}/${name}`, root),
        )
      : []
  },
  propertyNames: (word, value, at, { root }) =>
    isObject(value)
      ? Object.keys(value).flatMap(name => judge(word, name, `the name ${at}/${name}`, root))
      : [],
  allOf: (word, value, at, { root }) =>
    asList(word).flatMap(schema => judge(schema, value, at, root)),
  anyOf(word, value, at, { root }) {
    const each = asList(word).map(schema => judge(schema, value, at, root))
    const [nearest = []] = each.toSorted((one, other) => one.length - other.length)
    return nearest
  },
  not: (word, value, at, { root }) =>
    told(judge(word, value, at, root).length > 0, `${at} is what it must not be`),
}

function told(isRight: boolean, fault: string): readonly string[] {
  return isRight ? [] : [fault]
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asList(word: unknown): readonly unknown[] {
  return Array.isArray(word) ? word : []
}

/** Characters as JSON Schema counts them; of no text there are none to count. */
function lengthOf(value: unknown): number {
  return typeof value === 'string' ? Array.from(value).length : NaN
}

function isOfType(name: string, value: unknown): boolean {
  switch (name) {
    case 'object':
      return isObject(value)
    case 'array':
      return Array.isArray(value)
    case 'null':
      return value === null
    case 'integer':
      return Number.isInteger(value)
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === name
    default:
      throw new Error(`there is no type ${name}`)
  }
}

function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((each, at) => isSame(each, right[at]))
  }
  if (!isObject(left) || !isObject(right)) return left === right
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every(name => Object.hasOwn(right, name) && isSame(left[name], right[name]))
  )
}

const day = /^\d{4}-(\d\d)-(\d\d)$/
const moment =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

function isDay(text: string): boolean {
  return day.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}

const formats: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDay,
  'date-time': text => isDay(moment.exec(text)?.[1] ?? ''),
  decimal: text => /^-?\d+(?:\.\d+)?$/.test(text),
  'idn-email': text => /^[^@\s]+@[^@\s]+$/.test(text),
  // A number is held by minimum and maximum, a text by its pattern.
  int32: () => true,
  int64: text => /^-?\d+$/.test(text),
  uri: text => URL.canParse(text),
  'uri-reference': text => !/[\s<>"{}|\\^`]/.test(text),
  uuid: text => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
}
