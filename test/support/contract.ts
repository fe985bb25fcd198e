/** Holds answers against the OpenAPI document of their backend: what tests receive is promised. */

import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { escapePointer } from '../../src/base/pointer.ts'
import type {
  OpenApiDocument,
  OperationObject,
  Reference,
  Response,
} from '../../src/emit/openapi/document.ts'

/** An answer as it came over the wire. */
export interface Received {
  readonly method: string
  /** With or without a query string. */
  readonly path: string
  readonly status: number
  /** By lower-case name; more than the document has are fine. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Empty where there is no body. */
  readonly text: string
}

export interface Contract {
  /** What the document does not promise of the answer, in words; nothing where it was kept. */
  breaches(received: Received): readonly string[]
  /** Throws an AssertionError that names every breach. */
  assertKept(received: Received): void
}

/** Whether the document is about a path; probes, metrics and itself are the operators' matter. */
export function isDescribed(path: string): boolean {
  return /^\/(?:api|auth)\//.test(path)
}

export function contractOf(document: OpenApiDocument): Contract {
  const schemas = compileSchemas(document)
  const find = operationFinder(document)

  function breaches(received: Received): readonly string[] {
    const path = received.path.split('?', 1)[0]!
    if (!isDescribed(path)) return []
    const { method, status } = received
    if (method === 'OPTIONS') return status === 204 ? [] : schemas.outside(received)
    const found = find(method === 'HEAD' ? 'GET' : method, path)
    if (found === null) return schemas.outside(received)
    const at = found.operation.responses[status]
    if (at === undefined) return [`${found.operation.operationId} has no status ${status}`]
    const pointer = '$ref' in at ? at.$ref : `${found.pointer}/responses/${status}`
    const response = '$ref' in at ? document.components.responses[nameIn(at)]! : at
    return schemas.answer(pointer, response, received)
  }

  function assertKept(received: Received): void {
    const found = breaches(received)
    if (found.length === 0) return
    const { method, path, status, text } = received
    const place = `${method} ${path}: ${status} ${text.slice(0, 500)}`
    assert.fail(`/openapi.json does not promise this answer to ${place}\n${found.join('\n')}`)
  }

  return { breaches, assertKept }
}

interface FoundOperation {
  readonly operation: OperationObject
  readonly pointer: string
}

type FindOperation = (method: string, path: string) => FoundOperation | null

/** Paths without parameters go before those with one. */
function operationFinder({ paths }: OpenApiDocument): FindOperation {
  const templates = Object.entries(paths)
    .map(([path, item]) => ({ path, item, form: formOf(path) }))
    .toSorted((one, other) => Number(one.path.includes('{')) - Number(other.path.includes('{')))
  return (method, path) => {
    for (const { path: template, item, form } of templates) {
      const [, operation] =
        Object.entries(item).find(([name]) => name === method.toLowerCase()) ?? []
      if (operation === undefined || !form.test(path)) continue
      return {
        operation,
        pointer: `#/paths/${escapePointer(template)}/${method.toLowerCase()}`,
      }
    }
    return null
  }
}

function formOf(template: string): RegExp {
  const literal = template
    .split(/\{\w+\}/)
    .map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${literal.join('[^/]+')}$`)
}

function compileSchemas(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv, { mode: 'full' })
  ajv.addFormat('decimal', /^-?\d+(?:\.\d+)?$/)
  ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/)
  ajv.addSchema(document, 'document')
  const compiled = new Map<string, ValidateFunction>()

  function judge(pointer: string, value: unknown, what: string): readonly string[] {
    let validate = compiled.get(pointer)
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `document${pointer}` })
      compiled.set(pointer, validate)
    }
    if (validate(value)) return []
    const errors = validate.errors ?? []
    return errors.map(({ instancePath, message, params }) => {
      return `${what}${instancePath} ${message} ${JSON.stringify(params)}`
    })
  }

  function body(pointer: string, response: Response, received: Received): readonly string[] {
    const { content } = response
    const type = String(received.headers['content-type'] ?? '').split(';', 1)[0]!
    const empty = response['x-body-optional'] === true && received.text === ''
    if (content === undefined || empty)
      return received.text === '' ? [] : ['a body where none belongs']
    if (received.method === 'HEAD') return []
    if (content[type] === undefined) return [`the content type ${type || 'is missing'}`]
    const place = `${pointer}/content/${escapePointer(type)}/schema`
    return judge(place, JSON.parse(received.text), 'the body')
  }

  function headers(promised: Response['headers'], received: Received): readonly string[] {
    return Object.entries(promised ?? {}).flatMap(([name, promise]) => {
      const { $ref } = '$ref' in promise ? promise : assert.fail(`${name} is no shared header`)
      const { required, schema } = document.components.headers[nameIn({ $ref })]!
      const given = received.headers[name.toLowerCase()]
      if (given === undefined) return required === true ? [`${name} is missing`] : []
      const values = typeof given === 'string' ? [given] : given
      return values.flatMap(value =>
        judge(`${$ref}/schema`, schema['type'] === 'integer' ? Number(value) : value, name),
      )
    })
  }

  function answer(pointer: string, response: Response, received: Received): readonly string[] {
    return [...headers(response.headers, received), ...body(pointer, response, received)]
  }

  /** Where the document has no operation there are only refusals, and these are problems. */
  function outside(received: Received): readonly string[] {
    const { status, headers: given, method, text } = received
    const isRefusal = given['content-type'] === 'application/problem+json' && status < 500
    if (!isRefusal) return [`the document has no such operation, and it answered ${status}`]
    if (method === 'HEAD') return []
    return judge('#/components/schemas/Problem', JSON.parse(text), 'the body')
  }

  return { answer, outside }
}

function nameIn({ $ref }: Reference): string {
  return $ref.slice($ref.lastIndexOf('/') + 1)
}
