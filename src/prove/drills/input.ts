/** Every place that takes input gets what nobody expects there; the answer is never a crash. */

import { randomUUID } from 'node:crypto'
import { apiPath } from '../../model/names.ts'
import type { AttackContext } from '../attack.ts'
import { brokenJson, oddValues } from '../corpus/json.ts'
import { isStorable, naughtyTexts } from '../corpus/texts.ts'
import { wireVectors } from '../corpus/wire.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { type Deed, deedsOf, provenBy } from '../model/deeds.ts'
import { endpointsOf } from '../model/endpoints.ts'
import { entriesOf } from '../model/entries.ts'
import { rawExchange } from '../raw-exchange.ts'
import type { Service } from '../service.ts'

interface Tried {
  readonly name: string
  readonly fault: Fault | null
}

/**
 * `crash`: 500, or no answer. `leak`: an answer tells of the inside. `form`: a refusal that is no
 * problem. `broken`: what is no JSON was taken. `altered`: a text came back as another. `smuggled`:
 * bytes behind a request were one.
 */
const faults = ['crash', 'leak', 'form', 'broken', 'altered', 'smuggled'] as const
type Fault = (typeof faults)[number]

const atOnce = 16
/** Of a backend that others use. */
const atOnceOutside = 4
const requestsMax = 5_000
const textsMin = 4

export default drill({
  id: 'input',
  group: 'security',
  promise: 'api.validate',
  reach: 'outside',
  claim: 'No input makes a 500, tells of the inside, or is stored as another than was sent',
  explained: {
    does: 'naughty texts in every such place, bodies that are no JSON, values of other kinds, bytes that are no HTTP or hide a second request; counts answers of 500, answers that tell of the inside, and texts that come back altered',
    bar: 'no 500, nothing told of the inside, no text altered, nothing smuggled, and every node still answers',
    asks: 'an operation that takes input',
    seconds: 12,
  },
  needs: model => (endpointsOf(model).length > 0 ? null : 'nothing is declared that takes input'),
  async attack(context) {
    const { service, progress } = context
    progress('texts in every place')
    const tried = [...(await tryTexts(context))]
    progress('bodies that are no JSON, values of other kinds')
    tried.push(...(await tryBodies(context)))
    progress('texts that must come back as they are')
    const kept = await tryRoundTrips(context)
    progress('bytes that are no HTTP')
    // Before a backend that is not ours may stand something that answers such bytes itself.
    tried.push(...kept, ...(service.own ? await tryWire(context) : []))
    const alive = await Promise.all(service.nodes.map(node => node.probe('live')))
    const faulty = tried.filter(({ fault }) => fault !== null)
    const count = (fault: Fault) => tried.filter(each => each.fault === fault).length
    return {
      attack: `naughty texts in every place${service.own ? '' : ' as far as the time goes'}, bodies that are no JSON${service.own ? ', bytes that are no HTTP' : ''}`,
      size: tried.length,
      inFlight: null,
      figures: {
        requests: tried.length,
        kept: kept.length,
        crashes: count('crash'),
        leaks: count('leak'),
        noProblems: count('form'),
        brokenTaken: count('broken'),
        altered: count('altered'),
        smuggled: count('smuggled'),
        nodesDown: alive.filter(status => status !== 200).length,
        found:
          faulty
            .slice(0, 3)
            .map(({ name }) => name)
            .join(', ') || 'nothing',
      },
    }
  },
  judge: ({ crashes, leaks, noProblems, brokenTaken, altered, smuggled, nodesDown, found }) => [
    ...(crashes === 0
      ? []
      : [`${crashes} requests were answered with 500 or not at all: ${found}`]),
    ...(leaks === 0 ? [] : [`${leaks} answers tell of the inside: ${found}`]),
    ...(noProblems === 0 ? [] : [`${noProblems} refusals are no problem: ${found}`]),
    ...(brokenTaken === 0 ? [] : [`${brokenTaken} bodies that are no JSON were taken: ${found}`]),
    ...(altered === 0 ? [] : [`${altered} texts came back as another: ${found}`]),
    ...(smuggled === 0 ? [] : [`${smuggled} requests were smuggled: ${found}`]),
    ...(nodesDown === 0 ? [] : [`${nodesDown} nodes do not answer any more`]),
  ],
})

interface Attempt {
  readonly name: string
  readonly request: Request
  readonly broken?: boolean
}

/** Limits that are meant may let few through: there the time decides how many, by lot which. */
async function tryAll(
  { service, random, timeMs }: AttackContext,
  attempts: readonly Attempt[],
): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  const { own } = service
  const untilMs = performance.now() + (own ? Infinity : timeMs / 2)
  const some = own ? attempts : random.shuffled(attempts)
  const step = own ? atOnce : atOnceOutside
  for (let from = 0; from < some.length && performance.now() < untilMs; from += step) {
    const answers = some.slice(from, from + step).map(async ({ name, request, broken }) => {
      const reply = await service.send(request)
      const isTaken = broken === true && reply.outcome === 'ok'
      return { name, fault: isTaken ? ('broken' as const) : faultOf(reply) }
    })
    tried.push(...(await Promise.all(answers)))
  }
  return tried
}

const inside =
  /\bat [^\n"]*\.[cm]?[jt]s:\d+|node_modules|file:\/\/\/\w+\/(?!passwd)|SQLSTATE|"sqlState"|syntax error at or near|violates \w+[- ]?\w* constraint|relation \\"|invalid input syntax for|invalid byte sequence/

/** 503 is no crash: it says to come again. */
function faultOf({ status, headers, code, text }: Reply): Fault | null {
  if (status === null || (status >= 500 && status !== 503)) return 'crash'
  if (status < 400) return null
  if (inside.test(text)) return 'leak'
  const isProblem = String(headers['content-type']).startsWith('application/problem+json')
  return isProblem && code !== null ? null : 'form'
}

/** A user's own routes may answer as they like: only the API and the accounts are asked. */
async function tryTexts(context: AttackContext): Promise<readonly Tried[]> {
  const { model, service, random } = context
  const entries = await entriesOf(model, service)
  const each = Math.max(textsMin, Math.floor(requestsMax / entries.length))
  // NUL, the one that PostgreSQL cannot hold, goes everywhere; of the others some.
  const attempts = entries.flatMap(entry =>
    ['a\0b', ...random.shuffled(naughtyTexts)].slice(0, each).map(text => ({
      name: `${entry.name}: ${JSON.stringify(text.slice(0, 40))}`,
      request: entry.request(text),
    })),
  )
  return tryAll(context, attempts)
}

async function tryBodies(context: AttackContext): Promise<readonly Tried[]> {
  const { model, service } = context
  const attempts: Attempt[] = []
  for (const deed of playable(service, deedsOf(model, 'anybody'))) {
    const { caller, inputs } = await provenBy(service, model, deed, 1)
    const headers = await caller.headers()
    const [input = {}] = await inputs(1)
    const raw = brokenJson.filter(bytes => deed.fields.length > 0 || bytes !== '')
    attempts.push(
      ...raw.map((bytes, at) => ({
        name: `${deed.name} with body ${at} that is no JSON`,
        request: { path: deed.path, method: 'POST', raw: bytes, headers },
        broken: true,
      })),
      ...oddValues.map((value, at) => ({
        name: `${deed.name} with body of kind ${at}`,
        request: { path: deed.path, body: value, headers },
      })),
      ...deed.fields.flatMap(({ name }) =>
        oddValues.map((value, at) => ({
          name: `${deed.name} ${name} of kind ${at}`,
          request: { path: deed.path, body: { ...input, [name]: value }, headers },
        })),
      ),
    )
  }
  return tryAll(context, attempts)
}

function playable({ callers }: Service, deeds: readonly Deed[]): readonly Deed[] {
  return deeds.filter(({ part }) => callers.canPlay(part))
}

/** Texts that a create takes stand in the answer, and in the row, as they were sent. */
async function tryRoundTrips(context: AttackContext): Promise<readonly Tried[]> {
  const { model, service } = context
  const hooked = new Set(model.hooks.flatMap(({ operations }) => operations))
  const tried: Tried[] = []
  for (const deed of playable(service, deedsOf(model))) {
    const field = deed.fields.find(
      ({ kind, bounds, access, unique }) =>
        kind === 'text' &&
        bounds.pattern === null &&
        access.write === null &&
        access.read === null &&
        !unique,
    )
    // What a hook makes of a text is the user's affair.
    if (deed.kind !== 'create' || field === undefined || hooked.has(deed.name)) continue
    const { caller, inputs } = await provenBy(service, model, deed, 1)
    const headers = await caller.headers()
    const texts = naughtyTexts.filter(isStorable)
    const bodies = await inputs(texts.length)
    for (const [at, text] of texts.entries()) {
      const body = { ...bodies[at], [field.name]: text }
      const reply = await service.send({ path: deed.path, body, headers })
      if (reply.status !== 201 || reply.text === '') continue
      const id = String(Object(reply.json).id)
      const stored = await service.rows.stored(deed.resource!, id, field.name)
      const isSame = Object(reply.json)[field.name] === text && stored === text
      const name = `${deed.name} ${field.name}: ${JSON.stringify(text.slice(0, 40))}`
      tried.push({ name, fault: isSame ? null : 'altered' })
    }
  }
  return tried
}

/** At a node itself: what a balancer would make of it is another matter. */
async function tryWire({ model, service }: AttackContext): Promise<readonly Tried[]> {
  const [endpoint] = endpointsOf(model)
  const path = endpoint?.path.replace('{id}', randomUUID()) ?? apiPath
  const tried = service.urls.flatMap(url => {
    const mark = randomUUID()
    const smuggled = `GET /health/live HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${mark}\r\n\r\n`
    return wireVectors(path, smuggled).map(async ([name, bytes]) => {
      const text = await rawExchange(url, bytes)
      if (text === null) return { name, fault: 'crash' as const }
      if (text.includes(mark)) return { name, fault: 'smuggled' as const }
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 400)
      if (status === 500) return { name, fault: 'crash' as const }
      return { name, fault: inside.test(text) ? ('leak' as const) : null }
    })
  })
  return Promise.all(tried)
}
