/** Holds answers against the OpenAPI document of their backend: whether they were promised. */

import { escapePointer } from '../../base/pointer.ts'
import type {
  OpenApiDocument,
  OperationObject,
  Reference,
  Response,
} from '../../emit/openapi/document.ts'
import type { Schemas } from './json-schema.ts'

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
  /** The operation that the document has for it; null where it has none. */
  operationOf(method: string, path: string): string | null
}

/** Whether the document is about a path; probes, metrics and itself are the operators' matter. */
export function isDescribed(path: string): boolean {
  return /^\/(?:api|auth)\//.test(path)
}

export function contractOf(document: OpenApiDocument, schemas: Schemas): Contract {
  const judges = answerJudges(document, schemas)
  const find = operationFinder(document)
  const findFor = (method: string, path: string) => find(method === 'HEAD' ? 'GET' : method, path)

  function breaches(received: Received): readonly string[] {
    const path = pathOf(received)
    if (!isDescribed(path)) return []
    const { method, status } = received
    if (method === 'OPTIONS') return status === 204 ? [] : judges.outside(received)
    const found = findFor(method, path)
    if (found === null) return judges.outside(received)
    const at = found.operation.responses[status]
    if (at === undefined) return [`${found.operation.operationId} has no status ${status}`]
    const pointer = '$ref' in at ? at.$ref : `${found.pointer}/responses/${status}`
    const response = '$ref' in at ? document.components.responses[nameIn(at)]! : at
    return judges.answer(pointer, response, received)
  }

  return {
    breaches,
    operationOf: (method, path) => findFor(method, path)?.operation.operationId ?? null,
  }
}

function pathOf({ path }: Pick<Received, 'path'>): string {
  return path.split('?', 1)[0]!
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

function answerJudges(document: OpenApiDocument, { judge }: Schemas) {
  function body(pointer: string, response: Response, received: Received): readonly string[] {
    const { content } = response
    const type = String(received.headers['content-type'] ?? '').split(';', 1)[0]!
    const empty = response['x-body-optional'] === true && received.text === ''
    if (content === undefined || empty)
      return received.text === '' ? [] : ['a body where none belongs']
    if (received.method === 'HEAD') return []
    if (content[type] === undefined) return [`the content type ${type || 'is missing'}`]
    const place = `${pointer}/content/${escapePointer(type)}/schema`
    return bodyOf(place, received)
  }

  function bodyOf(pointer: string, { text }: Received): readonly string[] {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      return ['the body is no JSON']
    }
    return judge(pointer, value, 'the body')
  }

  function headers(promised: Response['headers'], received: Received): readonly string[] {
    return Object.entries(promised ?? {}).flatMap(([name, promise]) => {
      if (!('$ref' in promise)) throw new Error(`${name} is no shared header`)
      const { $ref } = promise
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
    const { status, headers: given, method } = received
    const isRefusal = given['content-type'] === 'application/problem+json' && status < 500
    if (!isRefusal) return [`the document has no such operation, and it answered ${status}`]
    if (method === 'HEAD') return []
    return bodyOf('#/components/schemas/Problem', received)
  }

  return { answer, outside }
}

function nameIn({ $ref }: Reference): string {
  return $ref.slice($ref.lastIndexOf('/') + 1)
}
