/** Schemas of the document for readers: types in words, tables of members, examples. */

import type { OpenApiDocument, Parameter, Reference, Response } from '../openapi/document.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import { html, type Markup, phrase } from './markup.ts'

/** What a reader sees through references. */
export interface View {
  readonly schema: (schema: unknown) => JsonSchema
  readonly parameter: (parameter: Parameter | Reference) => Parameter
  readonly response: (response: Response | Reference) => Response
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function membersOf(schema: JsonSchema): JsonSchema {
  return isSchema(schema['properties']) ? schema['properties'] : {}
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function viewOf({ components }: OpenApiDocument): View {
  const named = <T>(of: Readonly<Record<string, T>>, $ref: string): T =>
    of[$ref.slice($ref.lastIndexOf('/') + 1)]!
  return {
    schema(schema) {
      const found = isSchema(schema) ? schema : {}
      const $ref = found['$ref']
      return typeof $ref === 'string' ? named(components.schemas, $ref) : found
    },
    parameter: one => ('$ref' in one ? named(components.parameters, one.$ref) : one),
    response: one => ('$ref' in one ? named(components.responses, one.$ref) : one),
  }
}

/** `uuid`, `list of objects`, `"a" or "b"`. */
export function typeInWords(view: View, given: unknown): string {
  const schema = view.schema(given)
  const choices = schema['enum'] ?? (Object.hasOwn(schema, 'const') ? [schema['const']] : undefined)
  if (Array.isArray(choices)) return choices.map(choice => JSON.stringify(choice)).join(' or ')
  if (Array.isArray(schema['anyOf'])) return alternatives(view, schema['anyOf'])
  const types = [schema['type'] ?? 'any value'].flat().map(String)
  const words = types.map(type => {
    if (type !== 'array') return formatWords[String(schema['format'])] ?? typeWords[type] ?? type
    const inner = typeInWords(view, schema['items'])
    return inner === 'object' ? 'list of objects' : `list of ${inner}`
  })
  return types.includes('null') ? [words[0], 'null'].join(' or ') : words.join(' or ')
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}

const formatWords: Readonly<Record<string, string>> = {
  uuid: 'uuid',
  date: 'date',
  'date-time': 'date-time',
  decimal: 'decimal as text',
  int64: 'whole number as text',
  'idn-email': 'e-mail address',
  'uri-reference': 'path',
}

function alternatives(view: View, schemas: readonly unknown[]): string {
  return [...new Set(schemas.map(one => typeInWords(view, one)))].join(' or ')
}

const ranges = [
  ['minimum', 'maximum', ''],
  ['x-minimum', 'x-maximum', ''],
  ['minItems', 'maxItems', ' items'],
  ['minLength', 'maxLength', ' characters'],
] as const

const int32Max = 2_147_483_647

/** `1 to 200 characters`; what follows from the format is left out. */
function boundsInWords(schema: JsonSchema): string {
  const known = formatWords[String(schema['format'])] !== undefined
  const said = ranges.map(([least, most, unit]) => {
    if (known && unit === ' characters') return ''
    const [low, high] = [schema[least], schema[most]].map(bound =>
      bound === undefined || Math.abs(Number(bound)) >= int32Max ? null : Number(bound),
    )
    if (low !== null && high !== null) return `${low} to ${high}${unit}`
    if (high !== null) return `at most ${high}${unit}`
    return low === null ? '' : `at least ${low}${unit}`
  })
  const pattern =
    known || schema['pattern'] === undefined ? '' : `matches ${textOf(schema['pattern'])}`
  const absent = schema['default']
  const given = absent === undefined ? '' : `${JSON.stringify(absent)} unless given`
  return [...said, pattern, given].filter(text => text !== '').join(', ')
}

/** A table of the members of an object; of a list, those of its items. */
export function memberTable(view: View, given: unknown): Markup | null {
  const outer = view.schema(given)
  const schema = outer['type'] === 'array' ? view.schema(outer['items']) : outer
  const members = Object.entries(membersOf(schema))
  if (members.length === 0) return null
  const required = new Set([schema['required'] ?? []].flat())
  const rows = members.map(([name, member]) => {
    const inner = view.schema(member)
    const said = textOf(inner['description'])
    const limits = boundsInWords(inner)
    return html`<tr>
      <th scope="row"><code>${name}</code>${required.has(name) ? html`<b>required</b>` : null}</th>
      <td>
        <span>${typeInWords(view, member)}</span
        >${limits === '' ? null : html`<small>${limits}</small>`}${said === '' ? null : html`<small>${phrase(said)}</small>`}
      </td>
    </tr>`
  })
  return html`<table class="members">
    <tbody>
      ${rows}
    </tbody>
  </table>`
}

const depthMax = 4

/** A value that the schema takes, as something to begin with. */
export function exampleOf(view: View, given: unknown, depth = 0): unknown {
  const schema = view.schema(given)
  const [example] = [schema['examples'] ?? []].flat()
  const [choice] = [schema['enum'] ?? []].flat()
  const [alternative] = [schema['anyOf'] ?? []].flat()
  const ready = [example, schema['default'], schema['const'], choice].find(one => one !== undefined)
  if (ready !== undefined) return ready
  if (alternative !== undefined) return exampleOf(view, alternative, depth)
  const [type] = [schema['type'] ?? 'null'].flat()
  if (type === 'object') {
    if (depth > depthMax) return {}
    const members = Object.entries(membersOf(schema))
    const required = new Set([schema['required'] ?? []].flat())
    const chosen = members.filter(([name]) => required.size === 0 || required.has(name))
    const begun = chosen.filter(([name]) => required.size > 0 || name !== 'id')
    return Object.fromEntries(begun.map(([name, one]) => [name, exampleOf(view, one, depth + 1)]))
  }
  if (type === 'array') {
    const none = depth > depthMax || schema['items'] === undefined
    return none ? [] : [exampleOf(view, schema['items'], depth + 1)]
  }
  if (type === 'integer' || type === 'number') return Math.max(1, Number(schema['minimum'] ?? 1))
  if (type === 'boolean') return true
  if (type === 'string') return textExample(schema)
  return null
}

const formatExamples: Readonly<Record<string, string>> = {
  uuid: '00000000-0000-7000-8000-000000000000',
  date: '2026-01-31',
  'date-time': '2026-01-31T08:00:00Z',
  decimal: '1.00',
  int64: '1',
  email: 'ada@example.com',
  'idn-email': 'ada@example.com',
}

function textExample(schema: JsonSchema): string {
  const known = formatExamples[String(schema['format'])]
  if (known !== undefined) return known
  return 'text'.padEnd(Number(schema['minLength'] ?? 0), '-')
}
