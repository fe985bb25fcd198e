/**
 * `{ "$ref": "0/id" }`: a value of an earlier result, by the number of its operation and a JSON
 * Pointer (RFC 6901) into its body. It stands where the declaration expects a value and is not
 * looked for inside of documents, so that what users store is never taken for one.
 */

import { unescapePointer } from '../../base/pointer.ts'
import { isJsonObject } from '../../model/kinds/json.ts'
import type { FieldModel } from '../../model/model.ts'
import type { Answer } from '../../engine/operation.ts'

interface Reference {
  /** The number of the operation. */
  readonly at: number
  readonly tokens: readonly string[]
}

/** What takes the place of a reference. */
type Replace = (reference: unknown, place: string) => unknown

const form = /^(0|[1-9]\d{0,3})((?:\/(?:[^~/]|~[01])*)+)$/
const referenceCharsMax = 200

/** Null where the text is none. */
export function parseReference(text: unknown): Reference | null {
  const [, at, pointer] =
    typeof text === 'string' && text.length <= referenceCharsMax ? (form.exec(text) ?? []) : []
  if (at === undefined || pointer === undefined) return null
  return { at: Number(at), tokens: pointer.slice(1).split('/').map(unescapePointer) }
}

/** A value with what takes the place of the reference that it is, else as it is. */
export function replaceReference(value: unknown, place: string, replace: Replace): unknown {
  if (!isJsonObject(value) || !Object.hasOwn(value, '$ref')) return value
  return Object.keys(value).length === 1 ? replace(value['$ref'], place) : value
}

/** An input with what takes the place of each of its references. */
export function replaceReferences(
  fields: readonly FieldModel[],
  input: unknown,
  place: string,
  replace: Replace,
): unknown {
  if (!isJsonObject(input)) return input
  const replaced = fields
    .filter(({ name }) => Object.hasOwn(input, name))
    .map(field => [
      field.name,
      replaceInField(field, input[field.name], `${place}/${field.name}`, replace),
    ])
  return { ...input, ...Object.fromEntries(replaced) }
}

function replaceInField(
  field: FieldModel,
  value: unknown,
  place: string,
  replace: Replace,
): unknown {
  if (field.kind === 'document') return value
  const own = replaceReference(value, place, replace)
  const { members } = field
  if (own !== value || members === null) return own
  if (!Array.isArray(value)) return replaceReferences(members, value, place, replace)
  // A list of scalars has one nameless field.
  const scalar = members[0]?.name === '' ? members[0] : null
  return value.map((item: unknown, at) =>
    scalar === null
      ? replaceReferences(members, item, `${place}/${at}`, replace)
      : replaceInField(scalar, item, `${place}/${at}`, replace),
  )
}

const bodies = new WeakMap<Answer, unknown>()

/** Undefined where the answer has no such value; objects and lists are no values to refer to. */
export function valueAt(answer: Answer, tokens: readonly string[]): Scalar | undefined {
  if (!bodies.has(answer)) bodies.set(answer, bodyOf(answer))
  const value = tokens.reduce(member, bodies.get(answer))
  return isScalar(value) ? value : undefined
}

/** Who may make a row but not read it knows its id. */
function bodyOf({ body, created }: Answer): unknown {
  if (body !== null) return JSON.parse(body)
  return created === null ? null : { id: created.id }
}

function member(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined
  return isJsonObject(value) && Object.hasOwn(value, token) ? value[token] : undefined
}

type Scalar = string | number | boolean | null

export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
