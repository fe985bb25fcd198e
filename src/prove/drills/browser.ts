/** A foreign page in the browser of somebody who is signed in: what it may read, send and frame. */

import { apiPath } from '../../model/names.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { deedsOf, prove } from '../model/deeds.ts'
import { endpointsOf } from '../model/endpoints.ts'
import { rawExchange } from '../raw-exchange.ts'
import type { Service } from '../service.ts'
import { anAddress, cookieIn, sessionOf, type Session } from '../sessions.ts'

/** As the backend is told to be reached, and whose pages may read it. */
const home = 'https://api.prove.example'
const friend = 'https://app.prove.example'

const strangers = [
  'https://evil.example',
  'null',
  'http://app.prove.example',
  'https://app.prove.example:8443',
  'https://app.prove.example.evil.example',
  'https://evil-app.prove.example',
  'https://APP.prove.example.',
  `${home}.evil.example`,
  'http://api.prove.example',
  'file://',
] as const

/** What a browser says of a request that a page of another site made; nothing: an old one. */
const foreignSigns: readonly Readonly<Record<string, string>>[] = [
  ...strangers.map(origin => ({ origin })),
  { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { referer: `${home}/` },
  {},
]

const forms = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const

interface Figures {
  readonly foreignReads: readonly string[]
  readonly friendsRefused: readonly string[]
  readonly forged: readonly string[]
  readonly bare: readonly string[]
  readonly others: readonly string[]
  readonly tried: number
}

export default drill({
  id: 'browser',
  group: 'security',
  promise: 'security.browser',
  reach: 'outside',
  claim:
    'Pages of foreign origins can read nothing, do nothing by cookie, and frame or run nothing',
  explained: {
    does: 'asks as pages of foreign origins do: reads (CORS), changes by cookie (CSRF), sign-ins, sockets; looks at the headers of every kind of answer and at the flags of the cookie; counts what such a page could read or do',
    bar: 'a foreign page can read and do nothing, an allowed one can, and every answer has its headers',
    asks: 'a resource',
    seconds: 6,
  },
  needs: model => (model.resources.size > 0 ? null : 'no resource is declared'),
  async attack(context) {
    const { own } = context.service
    if (own) context.progress('the same backend behind TLS, with one friendly origin')
    const service = own
      ? await context.open({ PUBLIC_URL: home, ALLOWED_ORIGINS: friend }, 1)
      : context.service
    const seen = await attackAll(context, service)
    const all = [
      ...seen.foreignReads,
      ...seen.friendsRefused,
      ...seen.forged,
      ...seen.bare,
      ...seen.others,
    ]
    return {
      attack: `${strangers.length} foreign origins read, send and forge${own ? '' : ' (no friendly one, and by cookie only what is about accounts)'}; every kind of answer is looked at`,
      size: seen.tried,
      inFlight: null,
      figures: {
        requests: seen.tried,
        foreignReads: seen.foreignReads.length,
        friendsRefused: seen.friendsRefused.length,
        forged: seen.forged.length,
        missingHeaders: seen.bare.length,
        otherFaults: seen.others.length,
        found: all.slice(0, 4).join(', ') || 'nothing',
      },
    }
  },
  judge: ({ foreignReads, friendsRefused, forged, missingHeaders, otherFaults, found }) => [
    ...(foreignReads === 0
      ? []
      : [`${foreignReads} answers may be read by foreign pages: ${found}`]),
    ...(friendsRefused === 0
      ? []
      : [`${friendsRefused} answers are kept from an allowed origin: ${found}`]),
    ...(forged === 0 ? [] : [`${forged} requests of foreign pages were done by cookie: ${found}`]),
    ...(missingHeaders === 0 ? [] : [`${missingHeaders} answers lack a header: ${found}`]),
    ...(otherFaults === 0 ? [] : [`${otherFaults} other faults: ${found}`]),
  ],
})

async function attackAll(context: AttackContext, service: Service): Promise<Figures> {
  const { model, random, progress } = context
  const canEnter = model.identity !== null && service.callers.canPlay('member')
  const session = canEnter ? await visit(context, service, 1) : null
  const isSecure = isBehindTls(service)
  progress('reading across origins')
  const reads = await crossReads(service, readsOf(context, session))
  progress('forging requests by cookie')
  const forgeries = session === null ? { tried: 0, forged: [] } : await forge(context, service)
  progress('headers, cookies, markup')
  const answers = await everyKindOfAnswer(service, session)
  const bare = answers.flatMap(([name, reply]) =>
    lacking(reply, isSecure).map(header => `${name}: ${header}`),
  )
  const others = [
    ...(session === null ? [] : cookieFaults(await enter(service, context, 1), isSecure)),
    // What stands before a backend that is not ours may answer these itself.
    ...(service.own ? await wireFaults(service, random.word(16)) : []),
    ...answers
      .filter(([, { text }]) => /<script>alert|<img src=x/i.test(text))
      .map(([name]) => `${name}: markup`),
  ]
  return {
    ...reads,
    forged: forgeries.forged,
    bare,
    others,
    tried: reads.tried + forgeries.tried + answers.length + 4,
  }
}

/** Signs a member in as a browser of a friendly page does. */
async function visit(context: AttackContext, service: Service, number: number): Promise<Session> {
  return sessionOf(await enter(service, context, number), {
    'x-forwarded-for': anAddress(context.random),
  })
}

async function enter(service: Service, { random }: AttackContext, number: number): Promise<Reply> {
  const { email, password } = await service.callers.member(number)
  const origin = service.own ? friend : service.url
  const headers = { origin, 'x-forwarded-for': anAddress(random) }
  return service.send({ path: '/auth/sign-in', body: { email, password }, headers })
}

function readsOf({ model, random }: AttackContext, session: Session | null): readonly Request[] {
  const [list] = endpointsOf(model)
  const own = session === null ? [] : ['/auth/me', '/auth/sessions']
  const paths = [list?.path ?? apiPath, `${apiPath}/${random.word(9)}`, '/health/live', ...own]
  const reads: Request[] = paths.map(path => ({ path, headers: session?.headers ?? {} }))
  const asked = {
    'access-control-request-method': 'DELETE',
    'access-control-request-headers': 'authorization',
  }
  return [...reads, ...paths.map(path => ({ path, method: 'OPTIONS', headers: asked }))]
}

async function crossReads(service: Service, requests: readonly Request[]) {
  const allowOf = async (request: Request, origin: string) => {
    const reply = await service.send({ ...request, headers: { ...request.headers, origin } })
    const name = `${request.method ?? 'GET'} ${request.path} from ${origin}`
    return {
      name,
      allowed: reply.headers['access-control-allow-origin'],
      vary: String(reply.headers['vary']),
    }
  }
  const foreign = await Promise.all(
    requests.flatMap(request => strangers.map(origin => allowOf(request, origin))),
  )
  // Which pages are friends of a backend that is not ours is not known.
  const friends = service.own ? requests : []
  const friendly = await Promise.all(friends.map(request => allowOf(request, friend)))
  return {
    tried: foreign.length + friendly.length,
    foreignReads: foreign.filter(({ allowed }) => allowed !== undefined).map(({ name }) => name),
    friendsRefused: friendly
      .filter(({ allowed, vary }) => allowed !== friend || !/\borigin\b/i.test(vary))
      .map(({ name }) => name),
  }
}

/**
 * The deed is done once from a friendly page, so that its refusals say something; sign-outs and the
 * like come from a victim who must still be signed in afterwards.
 */
async function forge(context: AttackContext, service: Service) {
  const { random } = context
  const victim = await visit(context, service, 2)
  const deed = service.own ? await deedBy(context, service) : null
  const changes: readonly Request[] = [
    { path: '/auth/sessions', method: 'DELETE', headers: victim.headers },
    { path: `/auth/sessions/${victim.id}`, method: 'DELETE', headers: victim.headers },
    { path: '/auth/sign-out', method: 'POST', headers: victim.headers },
    { path: '/auth/token', method: 'POST', headers: victim.headers },
    { path: '/auth/password', body: { current: 'a', next: 'b' }, headers: victim.headers },
    ...(deed === null ? [] : [deed.request]),
  ]
  const traces = new Map<string, string>()
  const forged: string[] = []
  let tried = 0
  const send = async (request: Request, signs: Readonly<Record<string, string>>) => {
    const trace = random.word(24)
    const name = `${request.method ?? 'POST'} ${request.path} with ${JSON.stringify(signs)}`
    traces.set(trace, name)
    tried += 1
    const headers = { ...request.headers, ...signs, 'x-request-id': trace }
    const { status } = await service.send({ ...request, headers })
    if (status === null || status < 400) forged.push(name)
  }
  for (const request of changes) {
    for (const signs of foreignSigns) await send(request, signs)
    for (const type of forms) {
      await send(request, { origin: strangers[0], 'content-type': type })
    }
  }
  await signInFrom(context, service, send)
  const me = await service.send({ path: '/auth/me', headers: victim.headers })
  if (me.status !== 200) forged.push('the victim is signed out')
  const text = 'select distinct "trace" from "mettle"."events" where "trace" = any($1)'
  const events = service.own ? await service.records.query(text, [[...traces.keys()]]) : []
  for (const [trace] of events) forged.push(traces.get(String(trace))!)
  return { tried, forged: [...new Set(forged)] }
}

/** A create or command by cookie that is done for a friendly page; null: there is none. */
async function deedBy(
  context: AttackContext,
  service: Service,
): Promise<{ readonly request: Request } | null> {
  const { model, random } = context
  const deeds = deedsOf(model).filter(({ part }) => part !== 'anonymous')
  if (deeds.length === 0) return null
  const { deed, caller, inputs } = await prove(service, model, deeds)
  const { email, password } = caller
  const origin = { origin: friend, 'x-forwarded-for': anAddress(random) }
  const entered = await service.send({
    path: '/auth/sign-in',
    body: { email, password },
    headers: origin,
  })
  const { headers } = sessionOf(entered, { 'x-forwarded-for': anAddress(random) })
  const [first, body] = await inputs(2)
  const done = await service.send({
    path: deed.path,
    body: first,
    headers: { ...headers, origin: friend },
  })
  if (done.outcome !== 'ok')
    throw new Error(`${deed.name} by cookie was answered ${done.status} ${done.text}`)
  return { request: { path: deed.path, body, headers } }
}

/** Nobody is signed in as somebody else by a page that he visits. */
async function signInFrom(
  { random }: AttackContext,
  service: Service,
  send: (request: Request, signs: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const { email, password } = await service.callers.member(3)
  for (const signs of foreignSigns.filter(({ origin, 'sec-fetch-site': site }) => origin ?? site)) {
    const headers = { 'x-forwarded-for': anAddress(random) }
    await send({ path: '/auth/sign-in', body: { email, password }, headers }, signs)
  }
}

async function everyKindOfAnswer(
  service: Service,
  session: Session | null,
): Promise<readonly (readonly [name: string, reply: Reply])[]> {
  const headers = session?.headers ?? {}
  const markup = '%3Cscript%3Ealert(1)%3C/script%3E'
  const requests: readonly Request[] = [
    { path: `${apiPath}/nowhere` },
    { path: `${apiPath}/${markup}?${markup}=${markup}` },
    { path: `${apiPath}/batch` },
    { path: `${apiPath}/batch`, method: 'POST', raw: '{"<script>alert(1)</script>":', headers },
    {
      path: `${apiPath}/batch`,
      body: { '<script>alert(1)</script>': '<img src=x>' },
      headers: { ...headers, origin: friend },
    },
    {
      path: `${apiPath}/batch`,
      method: 'POST',
      raw: 'a',
      headers: { 'content-type': 'text/plain' },
    },
    { path: '/health/live' },
    { path: '/health/ready', method: 'HEAD' },
    { path: '/openapi.json' },
    { path: '/docs' },
    { path: '/', method: 'OPTIONS' },
    ...(session === null ? [] : [{ path: '/auth/me', headers }, { path: '/auth/me' }]),
  ]
  return Promise.all(
    requests.map(async request => {
      const reply = await service.send(request)
      return [
        `${request.method ?? (request.body === undefined ? 'GET' : 'POST')} ${request.path}`,
        reply,
      ] as const
    }),
  )
}

const overTls = 'strict-transport-security'

/** Ours is told that it is reached so; RFC 6797 forbids the header elsewhere. */
function isBehindTls({ own, url }: Service): boolean {
  return own || url.startsWith('https:')
}

const needed: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /frame-ancestors 'none'/,
  [overTls]: /max-age=(?:3153[6-9]\d{3}|315[4-9]\d{4}|31[6-9]\d{5}|3[2-9]\d{6}|[4-9]\d{7}|\d{9,})/,
  'referrer-policy': /^(?:no-referrer|same-origin|strict-origin(?:-when-cross-origin)?)$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-(?:origin|site)$/,
}

/** Names of headers that an answer lacks, or has and should not have. */
function lacking({ headers, status }: Reply, isSecure: boolean): readonly string[] {
  if (status === null) return ['no answer']
  const missing = Object.entries(needed)
    .filter(([name]) => isSecure || name !== overTls)
    .filter(([name, form]) => !form.test(String(headers[name])))
  const telling = ['x-powered-by', 'server'].filter(name => headers[name] !== undefined)
  const policy = String(headers['content-security-policy'])
  const isLoose = /unsafe-inline|unsafe-eval/.test(
    /script-src[^;]*|default-src[^;]*/.exec(policy)?.[0] ?? '',
  )
  return [
    ...missing.map(([name]) => name),
    ...telling,
    ...(isLoose ? ['a policy that lets scripts in'] : []),
  ]
}

function cookieFaults(reply: Reply, isSecure: boolean): readonly string[] {
  const cookie = cookieIn(reply)
  const flags = cookie.split(';').map(flag => flag.trim().toLowerCase())
  const wanted = ['httponly', 'path=/', ...(isSecure ? ['secure'] : [])]
  return [
    ...wanted.filter(flag => !flags.includes(flag)).map(flag => `the cookie without ${flag}`),
    ...(flags.some(flag => /^samesite=(?:lax|strict)$/.test(flag))
      ? []
      : ['the cookie of every site']),
    ...(flags.some(flag => flag.startsWith('domain=')) ? ['the cookie of other hosts'] : []),
    ...(!isSecure || cookie.startsWith('__Host-') ? [] : ['the cookie without __Host-']),
    ...(/no-store|private/.test(String(reply.headers['cache-control']))
      ? []
      : ['a cookie that caches may keep']),
  ]
}

/** TRACE, which echoes what scripts may not read, and a socket opened by a foreign page. */
async function wireFaults(service: Service, secret: string): Promise<readonly string[]> {
  const [url = service.url] = service.urls
  const head = (line: string) => `${line} HTTP/1.1\r\nHost: a\r\n`
  const echoed = await rawExchange(url, `${head('TRACE /')}X-Secret: ${secret}\r\n\r\n`)
  const tunnel = await rawExchange(url, `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n`)
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ${strangers[0]}\r\n`
  const socket = await rawExchange(url, `${head('GET /')}${upgrade}\r\n`)
  return [
    ...(echoed?.includes(secret) === false ? [] : ['TRACE echoes']),
    ...(tunnel !== null && !tunnel.startsWith('HTTP/1.1 2') ? [] : ['CONNECT is answered']),
    ...(socket !== null && !socket.startsWith('HTTP/1.1 101')
      ? []
      : ['a foreign page opens a socket']),
  ]
}
