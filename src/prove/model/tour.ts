/**
 * A tour of the whole API: every operation by callers who may and who may not, asked rightly and
 * wrongly in every way that has an answer of its own.
 */

import { apiPath } from '../../model/names.ts'
import type { Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import type { Reply, Request } from '../http.ts'
import { partsOf } from './deeds.ts'
import {
  type Endpoint,
  type EndpointForm,
  endpointsOf,
  endpointWish,
  requestFor,
  stepFor,
} from './endpoints.ts'
import { anyRow } from './policy.ts'
import { idOf } from './rows.ts'

/** One request of the tour, and what it was answered. */
export interface Stop {
  /** `products.list`; `none` where the API has no such operation. */
  readonly operation: string
  readonly request: Request
  readonly reply: Reply
}

type Plan = Omit<Stop, 'reply'>

const atOnce = 8
const nowhere = '00000000-0000-7000-8000-000000000000'
const nonsense = 'nonsense'

/** Sends everything; in its order, though several at once. */
export async function takeTour(context: AttackContext): Promise<readonly Stop[]> {
  const plans = context.random.shuffled(await planTour(context))
  const stops: Stop[] = []
  const queue = plans.values()
  const walk = async () => {
    for (const plan of queue)
      stops.push({ ...plan, reply: await context.service.send(plan.request) })
  }
  await Promise.all(Array.from({ length: atOnce }, walk))
  return stops
}

async function planTour(context: AttackContext): Promise<readonly Plan[]> {
  const { model, service } = context
  const plans: Plan[] = []
  for (const endpoint of endpointsOf(model)) {
    for (const caller of await visitorsOf(context, endpoint)) {
      plans.push(...(await visit(context, endpoint, caller)))
    }
  }
  const canEnter = model.identity !== null && service.callers.canPlay('member')
  const member = await service.callers.as(canEnter ? 'member' : 'anonymous')
  const headers = await member.headers()
  return [
    ...plans,
    ...batches(model, headers),
    ...(canEnter ? accounts(member, headers) : []),
    ...wire(headers),
  ]
}

/** Whoever may with the least rights, a member, and nobody in particular. */
async function visitorsOf(
  { model, service }: AttackContext,
  endpoint: Endpoint,
): Promise<readonly Caller[]> {
  const part = partsOf(model).find(([, actor]) => endpointWish(model, endpoint, actor) !== null)
  const parts = new Set([part?.[0] ?? 'anonymous', 'anonymous'])
  if (model.identity !== null) parts.add('member')
  const there = [...parts].filter(each => service.callers.canPlay(each))
  return Promise.all(there.map(each => service.callers.as(each)))
}

async function visit(
  { model, service }: AttackContext,
  endpoint: Endpoint,
  caller: Caller,
): Promise<readonly Plan[]> {
  const { name: operation, form, resource, parent, path, fields } = endpoint
  const wish = endpointWish(model, endpoint, caller) ?? anyRow
  const named = parent ?? resource
  const id =
    named !== null && path.includes('{id}')
      ? await idOf(service.rows, named, parent === null ? wish : anyRow)
      : ''
  const input = fields.length === 0 ? {} : await service.rows.input(fields, wish.values)
  const headers = await caller.headers()
  const plain = { ...requestFor(endpoint, id, input), headers }
  return [
    plain,
    ...variants[form](plain, endpoint),
    ...wrongBodies(plain),
    ...wrongRows(plain, id),
  ].map(request => ({ operation, request }))
}

type Vary = (plain: Required<Pick<Request, 'headers'>> & Request, endpoint: Endpoint) => Request[]

const views: Vary = (plain, { resource }) => {
  const [relation] = resource?.fields.filter(({ kind }) => kind === 'ref') ?? []
  const [inverse = nonsense] = resource?.inverses.keys() ?? []
  return asked(plain, 'fields=id', `expand=${relation?.name ?? inverse}`, `expand=${nonsense}`)
}

const lists: Vary = (plain, endpoint) => [
  ...views(plain, endpoint),
  ...asked(plain, 'limit=1', 'limit=0', 'limit=2&withTotal=true', `${nonsense}=1`),
  ...asked(
    plain,
    `sort=${nonsense}`,
    `after=${nonsense}`,
    'sort=-id',
    'id[gte]=1',
    `id=${nowhere}`,
  ),
]

const conditional: Vary = plain => [
  { ...plain, headers: { ...plain.headers, 'if-match': '"999999"' } },
  { ...plain, headers: { ...plain.headers, 'if-match': nonsense } },
]

const keyed: Vary = plain => [
  { ...plain, headers: { ...plain.headers, 'idempotency-key': 'k'.repeat(300) } },
  { ...plain, headers: { ...plain.headers, 'idempotency-key': '"tour"' } },
]

const variants: Readonly<Record<EndpointForm, Vary>> = {
  list: lists,
  nested: lists,
  aggregate: plain =>
    asked(
      plain,
      'select=count()',
      `group=${nonsense}`,
      `select=max(${nonsense})`,
      'count()[gte]=1',
    ),
  read: (plain, endpoint) => [
    ...views(plain, endpoint),
    { ...plain, headers: { ...plain.headers, 'if-none-match': '*' } },
    { ...plain, method: 'HEAD' },
  ],
  create: keyed,
  replace: conditional,
  update: (plain, endpoint) => [
    ...conditional(plain, endpoint),
    ...keyed(plain, endpoint),
    { ...plain, headers: { ...plain.headers, 'content-type': 'application/merge-patch+json' } },
  ],
  delete: conditional,
  command: keyed,
  query: plain => asked(plain, `${nonsense}=1`),
}

function asked(plain: Request, ...queries: readonly string[]): Request[] {
  const [path = ''] = plain.path.split('?')
  return queries.map(query => ({ ...plain, path: `${path}?${query}` }))
}

function wrongBodies(plain: Required<Pick<Request, 'headers'>> & Request): readonly Request[] {
  const { body, ...rest } = plain
  if (body === undefined) return []
  const broken = '{"a":'
  const wrong = Object.fromEntries(Object.keys(Object(body)).map(name => [name, { [nonsense]: 1 }]))
  return [
    { ...rest, body: { ...Object(body), [nonsense]: 1 } },
    { ...rest, body: wrong },
    { ...rest, body: [] },
    { ...rest, body: {} },
    { ...rest, raw: broken, headers: { ...rest.headers, 'content-type': 'application/json' } },
    { ...rest, raw: broken, headers: { ...rest.headers, 'content-type': 'text/plain' } },
  ]
}

function wrongRows(plain: Request, id: string): readonly Request[] {
  if (id === '') return []
  const at = (other: string) => ({ ...plain, path: plain.path.replace(id, other) })
  return [at(nowhere), at(nonsense)]
}

function batches(model: Model, headers: Readonly<Record<string, string>>): readonly Plan[] {
  const steps = endpointsOf(model)
    .filter(({ form }) => form === 'list' || form === 'query')
    .map(endpoint => stepFor(endpoint, nowhere))
  const read = steps.slice(0, 1).map(step => ({ ...step, id: { $ref: nonsense } }))
  const bodies = [
    { operations: steps },
    { operations: steps, atomic: true },
    { operations: read },
    { operations: [{ operation: nonsense }], atomic: true },
    { operations: [] },
    [],
  ]
  const path = `${apiPath}/batch`
  return bodies.map(body => ({ operation: 'batch', request: { path, headers, body } }))
}

/** A password is looked at twice only: a hash costs more than all the rest. */
function accounts(
  { email, password }: Caller,
  headers: Readonly<Record<string, string>>,
): readonly Plan[] {
  const own = { email, password }
  const other = { email, password: `${nonsense}-${nonsense}` }
  const refreshToken = nonsense
  const requests: readonly Request[] = [
    { path: '/auth/sign-up', body: { email: nonsense, password: 'a' } },
    { path: '/auth/sign-up', body: own },
    { path: '/auth/sign-in', body: own },
    { path: '/auth/sign-in', body: other },
    { path: '/auth/token', body: own },
    { path: '/auth/token', body: { [nonsense]: 1 } },
    { path: '/auth/token/refresh', body: { refreshToken } },
    { path: '/auth/token/revoke', body: { refreshToken } },
    { path: '/auth/password', body: { [nonsense]: 1 } },
    { path: '/auth/me' },
    { path: '/auth/sessions' },
    { path: `/auth/sessions/${nowhere}`, method: 'DELETE' },
    { path: '/auth/sessions', method: 'DELETE' },
    { path: '/auth/jwks.json' },
  ]
  return requests.flatMap(request => [
    { operation: 'auth', request: { ...request, headers } },
    { operation: 'auth', request: { ...request, headers: strangers(headers) } },
  ])
}

/** From the same place, and nobody in particular. */
function strangers({
  'x-forwarded-for': address = '',
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { 'x-forwarded-for': address }
}

/** What no operation is asked with. */
function wire(headers: Readonly<Record<string, string>>): readonly Plan[] {
  const path = `${apiPath}/${nonsense}`
  const json = { ...headers, 'content-type': 'application/json' }
  const bearer = (text: string) => ({ path, headers: { ...headers, authorization: text } })
  const requests: readonly Request[] = [
    { path, headers },
    { path: `${path}/${nonsense}`, headers },
    { path: `/auth/${nonsense}`, headers },
    { path: '/auth/sign-out', method: 'POST', headers: strangers(headers) },
    { path: `${apiPath}/batch`, method: 'DELETE', headers },
    { path: `${apiPath}/batch`, method: 'PROPFIND', headers },
    { path: '/%ff', headers },
    { path: `${path}?a=%zz`, headers },
    { path: `${path}?a=${'a'.repeat(20_000)}`, headers },
    bearer('Bearer nonsense'),
    bearer('Bearer a.b.c'),
    bearer('Basic bm9uc2Vuc2U6bm9uc2Vuc2U='),
    { path: `${apiPath}/batch`, raw: '['.repeat(5_000), headers: json },
    { path: `${apiPath}/batch`, raw: '{"operations":1,"operations":2}', headers: json },
    { path: `${apiPath}/batch`, raw: '{}', headers: { ...json, 'content-encoding': 'gzip' } },
    { path: `${apiPath}/batch`, raw: ' '.repeat(3_000_000), headers: json },
    { path: `${apiPath}/batch`, raw: '{}', headers: { ...json, expect: 'magic' } },
  ]
  return requests.map(request => ({ operation: 'none', request }))
}
