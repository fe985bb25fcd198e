/** Every place of the API that takes a text from outside: paths, parameters, bodies, headers. */

import { filterOperators } from '../../declare/rule.ts'
import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Request } from '../http.ts'
import type { Service } from '../service.ts'
import { partsOf } from './deeds.ts'
import { type Endpoint, endpointsOf, endpointWish, requestFor, stepFor } from './endpoints.ts'
import { anyRow } from './policy.ts'
import { idOf } from './rows.ts'

/** A place, by the request that carries a text there. */
export interface Entry {
  readonly name: string
  request(text: string): Request
  /**
   * Of a filter by equality: the field that every row of the answer must have the text in; else
   * null.
   */
  readonly equal: string | null
}

/** For each operation with the caller who has the least rights and may, on rows planted for it. */
export async function entriesOf(model: Model, service: Service): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const endpoint of endpointsOf(model)) {
    const part = partsOf(model).find(([, actor]) => endpointWish(model, endpoint, actor) !== null)
    // What nobody may is still parsed before it is refused.
    const { callers } = service
    const isThere = part !== undefined && callers.canPlay(part[0])
    const caller = await callers.as(isThere ? part[0] : 'anonymous')
    entries.push(...(await ofEndpoint(model, service, endpoint, caller)))
  }
  return [...entries, ...batchEntries(model), ...accountEntries(model)]
}

async function ofEndpoint(
  model: Model,
  service: Service,
  endpoint: Endpoint,
  caller: Caller,
): Promise<readonly Entry[]> {
  const { form, resource, parent, path, fields } = endpoint
  const headers = await caller.headers()
  const wish = endpointWish(model, endpoint, caller) ?? anyRow
  const named = parent ?? resource
  const isRow = path.includes('{id}')
  const id =
    isRow && named !== null ? await idOf(service.rows, named, parent === null ? wish : anyRow) : ''
  const input = fields.length === 0 ? {} : await service.rows.input(fields, wish.values)
  const plain = { ...requestFor(endpoint, id, input), headers }
  const at = (
    name: string,
    request: (text: string) => Partial<Request>,
    equal: string | null = null,
  ): Entry => ({
    name: `${endpoint.method} ${path} ${name}`,
    request: text => ({ ...plain, ...request(text) }),
    equal,
  })
  const [target = ''] = plain.path.split('?')
  const asking = (parameter: (text: string) => string, name: string, equal: string | null = null) =>
    at(name, text => ({ path: `${target}?${parameter(text)}` }), equal)
  return [
    ...(isRow ? [at('id', text => ({ path: path.replace('{id}', encoded(text)) }))] : []),
    ...(resource === null
      ? []
      : parametersOf(form, resource.fields).map(([name, parameter, equal]) =>
          asking(parameter, name, equal),
        )),
    ...(form === 'query'
      ? fields.map(({ name }) => asking(text => `${name}=${encoded(text)}`, name))
      : bodyEntries(fields, input).map(([name, body]) => at(name, text => ({ body: body(text) })))),
    ...(form === 'read' || form === 'update'
      ? headerEntries(headers).map(([name, carry]) => at(name, text => ({ headers: carry(text) })))
      : []),
  ]
}

type Parameter = readonly [name: string, write: (text: string) => string, equal: string | null]

/** Half a character, which no URL can hold, as the three bytes that it would have. */
function encoded(text: string): string {
  return Array.from(text, character => {
    if (character.isWellFormed()) return encodeURIComponent(character)
    const code = character.charCodeAt(0)
    const bytes = [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
    return bytes.map(byte => `%${byte.toString(16)}`).join('')
  }).join('')
}

function parametersOf(form: Endpoint['form'], fields: readonly FieldModel[]): readonly Parameter[] {
  const view: readonly Parameter[] = [
    ['fields', text => `fields=${encoded(text)}`, null],
    ['expand', text => `expand=${encoded(text)}`, null],
  ]
  if (form === 'read' || form === 'create' || form === 'update') return view
  if (form !== 'list' && form !== 'nested' && form !== 'aggregate') return []
  const filters = fields.flatMap(field => filtersOf(field, form !== 'aggregate'))
  const names: readonly Parameter[] = [
    ['a name', text => `${encoded(text)}=1`, null],
    ['sort', text => `sort=${encoded(text)}`, null],
    ['limit', text => `limit=${encoded(text)}`, null],
  ]
  const own: readonly Parameter[] =
    form === 'aggregate'
      ? [
          ['group', text => `group=${encoded(text)}`, null],
          ['select', text => `select=${encoded(text)}`, null],
          ['a figure', text => `select=max(${encoded(text)})`, null],
          ['having', text => `count()[gte]=${encoded(text)}`, null],
        ]
      : [
          ...view,
          ['after', text => `after=${encoded(text)}`, null],
          ['withTotal', text => `withTotal=${encoded(text)}`, null],
        ]
  return [...filters, ...names, ...own]
}

function filtersOf({ name, kind }: FieldModel, isList: boolean): readonly Parameter[] {
  const operators = kind === 'text' ? filterOperators : (['in', 'gte', 'isNull'] as const)
  const inside: readonly Parameter[] =
    kind === 'document'
      ? [
          [`${name}.<path>`, text => `${name}.${encoded(text)}=1`, null],
          [`${name}.a`, text => `${name}.a=${encoded(text)}`, null],
          [`${name}.a.<path>[contains]`, text => `${name}.a.${encoded(text)}[contains]=a`, null],
        ]
      : []
  return [
    [name, text => `${name}=${encoded(text)}`, isList && kind === 'text' ? name : null],
    ...operators.map((operator): Parameter => [
      `${name}[${operator}]`,
      text => `${name}[${operator}]=${encoded(text)}`,
      null,
    ]),
    [`${name}[<operator>]`, text => `${name}[${encoded(text)}]=1`, null],
    ...inside,
  ]
}

/** A field after the other has the text, then a name is the text. */
function bodyEntries(
  fields: readonly FieldModel[],
  input: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, body: (text: string) => unknown])[] {
  if (fields.length === 0) return []
  const each = fields.flatMap(field => {
    const plain = [field.name, (text: string) => ({ ...input, [field.name]: text })] as const
    if (field.kind !== 'document') return [plain]
    const within = (text: string) => ({ ...input, [field.name]: { [text]: text, list: [text] } })
    return [plain, [`${field.name}.<name>`, within] as const]
  })
  return [...each, ['a name', text => ({ ...input, [text]: 1 })]]
}

function headerEntries(
  headers: Readonly<Record<string, string>>,
): readonly (readonly [name: string, carry: (text: string) => Record<string, string>])[] {
  const carried = [
    'if-match',
    'if-none-match',
    'idempotency-key',
    'x-request-id',
    'traceparent',
    'user-agent',
    'accept',
    'cookie',
    'x-forwarded-for',
    'origin',
  ]
  return [
    ...carried.map(
      name => [name, (text: string) => ({ ...headers, [name]: sendable(text) })] as const,
    ),
    ['authorization', text => ({ ...headers, authorization: `Bearer ${sendable(text)}` })],
    ['session cookie', text => ({ cookie: `mettle_session=${sendable(text)}` })],
  ]
}

/** What HTTP lets stand in a header; the bytes of the rest, as they are. */
function sendable(text: string): string {
  return Buffer.from(text.replaceAll(/[\0\r\n]/g, ' '))
    .toString('latin1')
    .replaceAll(/[^\t -~\x80-\xff]/g, '?')
}

function batchEntries(model: Model): readonly Entry[] {
  const [endpoint] = endpointsOf(model)
  if (endpoint === undefined) return []
  const step = stepFor(endpoint, '')
  const at = (name: string, body: (text: string) => unknown): Entry => ({
    name: `POST ${apiPath}/batch ${name}`,
    request: text => ({ path: `${apiPath}/batch`, body: { operations: [body(text)] } }),
    equal: null,
  })
  return [
    at('operation', text => ({ operation: text })),
    at('a member', text => ({ ...step, [text]: text })),
    at('query', text => ({ ...step, query: { [text]: text } })),
    at('id', text => ({ ...step, operation: endpoint.name.replace(/\.list$/, '.read'), id: text })),
    at('a reference', text => ({ ...step, query: { id: { $ref: text } } })),
  ]
}

/** None of them looks at a password. */
function accountEntries(model: Model): readonly Entry[] {
  if (model.identity === null) return []
  const at = (name: string, request: Entry['request']): Entry => ({ name, request, equal: null })
  return [
    at('POST /auth/token email', text => ({ path: '/auth/token', body: { email: text } })),
    at('POST /auth/sign-in a name', text => ({ path: '/auth/sign-in', body: { [text]: text } })),
    at('POST /auth/sign-up email', text => ({
      path: '/auth/sign-up',
      body: { email: text, password: 'a' },
    })),
    at('POST /auth/token/refresh', text => ({
      path: '/auth/token/refresh',
      body: { refreshToken: text },
    })),
    at('POST /auth/token/revoke', text => ({
      path: '/auth/token/revoke',
      body: { refreshToken: text },
    })),
    at('DELETE /auth/sessions/{id}', text => ({
      path: `/auth/sessions/${encoded(text)}`,
      method: 'DELETE',
    })),
  ]
}
