/** Everybody tries every operation, plainly, in a batch and in disguise; the rules say who may. */

import { ruleOf } from '../../declare/row-operation.ts'
import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { disguised } from '../disguises.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { partsOf } from '../model/deeds.ts'
import {
  type Endpoint,
  endpointsOf,
  endpointWish,
  requestFor,
  stepFor,
} from '../model/endpoints.ts'
import { anyRow, type Wish, wishFor } from '../model/policy.ts'
import { isWritable } from '../model/values.ts'
import { ifReached } from '../reach.ts'
import { openKey } from '../sessions.ts'

/** One request by one caller for one operation. */
interface Cell {
  readonly name: string
  readonly may: boolean
  readonly trace: string
  /** Whether the answer says that it was done; what was really written, the events tell. */
  readonly done: boolean
  readonly denied: boolean
}

const atOnce = 8

export default drill({
  id: 'bfla',
  group: 'security',
  promise: 'security.policy',
  reach: 'outside',
  claim:
    'Nobody runs an operation that the rules do not give him, by any method, spelling or batch',
  explained: {
    does: 'everybody tries every operation, plainly, in a batch and in disguise (other methods and spellings, overriding headers, claims of roles); a narrow API key of each tries all plainly and in a batch; counts what was done or left an event where the rules forbid it, and what was refused where they allow it',
    bar: 'nothing forbidden is done, and nothing allowed is refused',
    asks: 'an operation that somebody may not call',
    seconds: 8,
  },
  needs: model =>
    endpointsOf(model).some(each => isHeldBack(model, each))
      ? null
      : 'everybody may do everything: no rule holds anybody back',
  async attack(given) {
    const { model, service, progress } = given
    const context = { ...given, front: (await service.send({ path: '/' })).text }
    const cells: Cell[] = []
    for (const caller of await service.callers.everyKind()) {
      progress(`${caller.name} tries every operation`)
      cells.push(...(await tryAll(context, caller)))
    }
    for (const holder of await keyHolders(context)) {
      progress(`${holder.name} tries every operation`)
      cells.push(...(await tryAll(context, holder)), ...(await tryAccount(context, holder)))
    }
    cells.push(...(await tryAccount(context, service.callers.anonymous)))
    const written = await writtenBy(context, cells)
    const leaks = cells.filter(({ may, done, trace }) => !may && (done || written.has(trace)))
    const denials = cells.filter(({ may, denied }) => may && denied)
    return {
      attack: `${endpointsOf(model).length} operations by everybody, plainly, in a batch and in disguise, and with narrow API keys${service.own ? '' : '; judged by the answers alone'}`,
      size: cells.length,
      inFlight: null,
      figures: {
        requests: cells.length,
        allowed: cells.filter(({ may }) => may).length,
        forbidden: cells.filter(({ may }) => !may).length,
        done: leaks.length,
        wronglyDenied: denials.length,
        found:
          [...leaks, ...denials]
            .slice(0, 5)
            .map(({ name }) => name)
            .join(', ') || 'nothing',
      },
    }
  },
  judge: ({ done, wronglyDenied, forbidden, found }) => [
    ...(done === 0 ? [] : [`${done} forbidden operations were done: ${found}`]),
    ...(wronglyDenied === 0 ? [] : [`${wronglyDenied} were denied what they may: ${found}`]),
    ...(forbidden === 0 ? ['nothing forbidden was tried'] : []),
  ],
})

function isHeldBack(model: Model, endpoint: Endpoint): boolean {
  return partsOf(model).some(([, actor]) => endpointWish(model, endpoint, actor) === null)
}

/** Somebody who comes with an API key. */
interface KeyHolder extends Caller {
  /** The only scope of the key. */
  readonly scope: string
}

/** For each kind of user who may do something a key for that alone. */
async function keyHolders({ model, service }: AttackContext): Promise<readonly KeyHolder[]> {
  const holders: KeyHolder[] = []
  for (const caller of await service.callers.everyKind()) {
    if (caller.id === null || caller.name === 'member 2') continue
    const allowed = endpointsOf(model).filter(each => endpointWish(model, each, caller) !== null)
    const scopes = [...new Set(allowed.map(scopeOf))]
    const scope = scopes.at(holders.length % 2 === 0 ? 0 : -1)
    if (scope === undefined) continue
    const key = await openKey(service, { headers: await caller.headers() }, caller, [scope])
    holders.push({
      ...caller,
      name: `a key of ${caller.name} for ${scope}`,
      scope,
      headers: async () => key.headers,
    })
  }
  return holders
}

function scopeOf({ form, name, resource }: Endpoint): string {
  if (resource === null || form === 'command' || form === 'query') return name
  return `${resource.name}.${form === 'nested' ? 'read' : ruleOf[form]}`
}

function isWithin(caller: Caller | KeyHolder, endpoint: Endpoint): boolean {
  return !('scope' in caller) || caller.scope === scopeOf(endpoint)
}

interface Attack extends AttackContext {
  /** What `/` says to anybody, which is no operation, whatever headers ask for. */
  readonly front: string
}

async function tryAll(context: Attack, caller: Caller): Promise<readonly Cell[]> {
  // What is planted may be the only row of its kind: it is deleted last.
  const all = endpointsOf(context.model)
  const endpoints = [
    ...all.filter(({ form }) => form !== 'delete'),
    ...all.filter(({ form }) => form === 'delete'),
  ]
  const cells: Cell[] = []
  for (let from = 0; from < endpoints.length; from += atOnce) {
    const some = endpoints.slice(from, from + atOnce).map(each => tryOne(context, caller, each))
    cells.push(...(await Promise.all(some)).flat())
  }
  return cells
}

async function tryOne(
  context: Attack,
  caller: Caller,
  endpoint: Endpoint,
): Promise<readonly Cell[]> {
  const { model, service, random, front } = context
  const wish = endpointWish(model, endpoint, caller)
  const may = wish !== null && isWithin(caller, endpoint)
  if (may && !isFair(context, endpoint, caller)) return []
  const row = await ifReached(rowFor(context, endpoint, wish ?? anyRow))
  // That nothing is found says nothing of who may.
  if (may && !service.own && (row === null || namesRows(endpoint))) return []
  const id = row ?? random.uuid()
  const input = await inputFor(context, endpoint, wish ?? anyRow)
  const headers = await caller.headers()
  const plain = { ...requestFor(endpoint, id, input), headers }
  const step = { operations: [stepFor(endpoint, id, input)] }
  const batch = { path: `${apiPath}/batch`, body: step, headers }
  // Only what is forbidden is worth a disguise, and a row is deleted only once. What a disguise
  // gets around is not the key.
  const disguises = 'scope' in caller ? [] : disguised(plain, model.identity?.roles ?? [])
  const others = may ? [] : [batch, ...disguises]
  const tried = [plain, ...others].map(async request => {
    const trace = random.word(24)
    const reply = await service.send({
      ...request,
      headers: { ...request.headers, 'x-request-id': trace },
    })
    const name = `${caller.name}: ${request === plain ? endpoint.name : shown(request, id)}`
    const done = isDone(reply) && reply.text !== front
    return { name, may, trace, done, denied: isDenied(reply) }
  })
  return Promise.all(tried)
}

/** Whether an input holds references, to rows that may be out of reach. */
function namesRows({ form, fields }: Endpoint): boolean {
  const holdsOne = ({ kind, members }: FieldModel): boolean =>
    kind === 'ref' || (members ?? []).some(holdsOne)
  return form !== 'update' && fields.some(holdsOne)
}

/** Whether an answer to what is allowed says something: rules of fields may refuse it as well. */
function isFair({ model }: AttackContext, endpoint: Endpoint, caller: Caller): boolean {
  const { form, resource, fields } = endpoint
  // Accounts are shared by the drills: none is deleted.
  if (resource?.identity === true && form === 'delete') return false
  return fields.every(
    ({ access }) =>
      access.write === null || wishFor(model, resource!, access.write, caller) !== null,
  )
}

async function rowFor({ service }: AttackContext, endpoint: Endpoint, wish: Wish): Promise<string> {
  const { form, resource, parent, path } = endpoint
  if (!path.includes('{id}')) return ''
  if (form === 'nested') return (await service.rows.plant(parent!)).id
  return (await service.rows.plant(resource!, wish)).id
}

async function inputFor(
  { service }: AttackContext,
  { form, fields }: Endpoint,
  { values, parents }: Wish,
): Promise<Record<string, unknown>> {
  if (form !== 'update') {
    const wished = fields.filter(({ name }) => values[name] !== undefined)
    const given = Object.fromEntries(wished.map(({ name }) => [name, values[name]]))
    return service.rows.input(fields, given)
  }
  const free = fields.find(
    field =>
      isWritable(field) &&
      field.kind !== 'ref' &&
      values[field.name] === undefined &&
      parents[field.name] === undefined,
  )
  return free === undefined ? {} : service.rows.input([{ ...free, optional: false, default: null }])
}

/** What belongs to an account is nobody's who has none, or only a key of it. */
async function tryAccount(
  { model, service, random }: AttackContext,
  caller: Caller,
): Promise<readonly Cell[]> {
  if (model.identity === null) return []
  const requests: readonly Request[] = [
    ...(isAccountRead(model, caller) ? [] : [{ path: '/auth/me' }]),
    { path: '/auth/api-keys' },
    { path: '/auth/api-keys', method: 'DELETE' },
    { path: '/auth/api-keys', body: { password: caller.password, name: random.word(12) } },
    { path: '/auth/sessions' },
    { path: '/auth/sessions', method: 'DELETE' },
    { path: `/auth/sessions/${random.uuid()}`, method: 'DELETE' },
    { path: '/auth/password', body: { current: random.word(12), next: random.word(12) } },
    { path: '/auth/token', method: 'POST' },
  ]
  const given = await caller.headers()
  const tried = requests.map(async request => {
    const trace = random.word(24)
    const headers = { ...given, 'x-request-id': trace }
    const reply = await service.send({ ...request, headers })
    const name = `${caller.name}: ${request.method ?? ''} ${request.path}`
    return { name, may: false, trace, done: isDone(reply), denied: isDenied(reply) }
  })
  return Promise.all(tried)
}

function isAccountRead({ identity }: Model, caller: Caller | KeyHolder): boolean {
  return 'scope' in caller && caller.scope === `${identity?.resource}.read`
}

/** A page of the user's own at such a path is no operation. */
function isDone({ status, headers, text, json }: Reply): boolean {
  if (status === null || status >= 300) return false
  if (status === 200 && !String(headers['content-type']).includes('json')) return false
  const results: unknown =
    typeof json === 'object' && json !== null ? Reflect.get(json, 'results') : undefined
  return Array.isArray(results) ? /"results":\[\{"status":2/.test(text) : true
}

const deniedCodes = new Set(['authorise.denied', 'authorise.out-of-scope', 'run.not-found'])

/** A row that the caller may not see is not found. */
function isDenied({ status, code }: Reply): boolean {
  return status === 401 || deniedCodes.has(code ?? '')
}

async function writtenBy(
  { service }: AttackContext,
  cells: readonly Cell[],
): Promise<ReadonlySet<string>> {
  if (!service.own) return new Set()
  const text = 'select distinct "trace" from "mettle"."events" where "trace" = any($1)'
  const rows = await service.records.query(text, [cells.map(({ trace }) => trace)])
  return new Set(rows.map(([trace]) => String(trace)))
}

function shown({ method, path, headers = {} }: Request, id: string): string {
  const said = Object.keys(headers).filter(
    name => !['authorization', 'x-forwarded-for'].includes(name),
  )
  return [method, id === '' ? path : path.replaceAll(id, '<id>'), ...said].join(' ')
}
