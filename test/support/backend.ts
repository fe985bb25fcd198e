/** A whole backend for a test: scratch database, engine, HTTP on a port, people who may sign in. */

import assert from 'node:assert/strict'
import { request as httpRequest, Agent, type IncomingHttpHeaders } from 'node:http'
import { after } from 'node:test'
import shop from '../../examples/shop/backend.ts'
import type { Observation, Observe } from '../../src/base/observe.ts'
import type { Backend } from '../../src/index.ts'
import { openApi } from '../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../src/model/build.ts'
import type { Model } from '../../src/model/model.ts'
import type { Row } from '../../src/ports/database.ts'
import { readConfig } from '../../src/run/config.ts'
import { createNode, type Node } from '../../src/run/node.ts'
import { type Contract, contractOf } from './contract.ts'
import { migratedDatabase } from './model.ts'

/** An answer of the backend; `json` is null where there is no body. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly json: Json
}

/** Parsed JSON, for tests that look into it. */
// oxlint-disable-next-line typescript/no-explicit-any -- asserted by whoever looks
export type Json = any

interface Message {
  /** Another node than the first. */
  readonly node?: Node
  /** Who asks; nobody in particular unless given. */
  readonly as?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; bytes and strings go as they are. */
  readonly body?: unknown
  /** Text to send as it is, whatever it is. */
  readonly raw?: string | Uint8Array
}

export interface RunningBackend {
  readonly model: Model
  readonly node: Node
  /** One more node on the same database. */
  startAnother(): Promise<Node>
  /** Everything that was observed, in order. */
  readonly observations: Observation[]
  /** The ids of the people, by name. */
  readonly people: Readonly<Record<string, string>>
  /**
   * `target` is a path under `/api/v1`, or from the root where it begins with `//`. Rejects with an
   * AssertionError for an answer that the OpenAPI document does not promise.
   */
  send(method: string, target: string, message?: Message): Promise<Reply>
  /** Straight to the database. */
  readonly select: Select
  /** Types of the events since the last call, in their order. */
  newEvents(): Promise<readonly string[]>
  /** How many rows each table of the model has, events and idempotency keys too. */
  counts(): Promise<Readonly<Record<string, number>>>
}

/** Roles by name; who has none is a customer. */
type People = Readonly<Record<string, readonly string[]>>

const shopPeople = { ada: [], bob: [], staff: ['staff'], admin: ['admin'] } as const

/** The shop with its people, unless told otherwise. Ends after the tests of the file. */
export async function startBackend(
  declared: Backend = shop,
  people: People = declared === shop ? shopPeople : {},
): Promise<RunningBackend> {
  const model = buildModel(declared)
  const started: Node[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  // before the database's own hook, which drops it: hooks run in the order they were made
  after(async () => {
    agent.destroy()
    await Promise.all(started.map(node => node.stop()))
  })
  const { database, url } = await migratedDatabase(model)
  const observations: Observation[] = []
  const observe: Observe = observation => void observations.push(observation)
  const select: Select = (text, values = []) => database.run({ text, values }, 'pool')

  async function startAnother(): Promise<Node> {
    const config = readConfig(
      { PORT: '0', RATE_LIMIT: '1000000000' },
      'development',
      '/nonexistent',
    )
    const node = createNode({ model, config, databaseUrl: url, secret, observe, routes: [] })
    started.push(node)
    await node.start()
    return node
  }

  const node = await startAnother()
  const contract = contractOf(openApi(model))
  const tokens = new Map<string | undefined, string>()
  const send: RunningBackend['send'] = (method, target, message = {}) => {
    const token = tokens.get(message.as)
    if (message.as !== undefined) assert.ok(token !== undefined, `nobody is called ${message.as}`)
    const body = message.raw ?? (message.body === undefined ? null : JSON.stringify(message.body))
    const { port } = message.node ?? node
    return exchange({ agent, port: port!, contract }, method, pathOf(target), body, {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      ...message.headers,
    })
  }

  const ids: Record<string, string> = {}
  for (const [name, roles] of Object.entries(people)) {
    const login = { email: `${name}@example.com`, password }
    ids[name] = (await node.identity!.createUser({ ...login, name }, roles)).id
    tokens.set(name, (await send('POST', '//auth/token', { body: login })).json.accessToken)
  }
  const newEvents = eventReader(select)
  await newEvents()
  const counts = () => countRows(model, select)
  return { model, node, startAnother, observations, people: ids, send, select, newEvents, counts }
}

/** Of everybody in `people`. */
export const password = 'correct horse battery staple'

const secret = 'the secret of a test, which guards nothing at all'

type Select = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>

function eventReader(select: Select): () => Promise<readonly string[]> {
  let seen = 0
  return async () => {
    const events = await select(
      'select position::int4, type from mettle.events where position > $1 order by position',
      [seen],
    )
    seen = Number(events.at(-1)?.[0] ?? seen)
    return events.map(([, type]) => String(type))
  }
}

async function countRows(model: Model, select: Select): Promise<Readonly<Record<string, number>>> {
  const tables = [...model.resources.values()].map(({ table }) => `public.${table}`)
  const names = [...tables, 'mettle.events', 'mettle.idempotency']
  const rows = await select(
    names.map(name => `select '${name}', count(*)::int4 from ${name}`).join(' union all '),
  )
  return Object.fromEntries(rows)
}

function pathOf(target: string): string {
  return target.startsWith('//') ? target.slice(1) : `/api/v1${target}`
}

interface Line {
  readonly agent: Agent
  readonly port: number
  readonly contract: Contract
}

async function exchange(
  { agent, port, contract }: Line,
  method: string,
  path: string,
  body: string | Uint8Array | null,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  const reply = await new Promise<Reply>((resolve, reject) => {
    const request = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers })
    request.once('error', reject)
    request.once('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        const json: Json = text === '' ? null : JSON.parse(text)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json })
      })
    })
    if (body !== null && !('content-length' in headers))
      request.setHeader('content-length', Buffer.byteLength(body))
    request.end(body ?? undefined)
  })
  contract.assertKept({ method, path, ...reply })
  return reply
}

const internals =
  /sqlstate|\b(?:22|23|40|42|57|XX)[0-9A-Z]{3}\b|postgres(?:ql)?:|pg_|_pkey|_idx|_check|_fkey|constraint|relation|mettle\.|select |insert |update "|\.ts\b|node_modules|\n\s+at /i

/** Asserts that a reply is a problem as it should be, and tells nothing internal. */
export function assertProblem(
  reply: Reply,
  status: number | readonly number[],
  code: string | null = null,
): void {
  const allowed = typeof status === 'number' ? [status] : status
  assert.ok(
    allowed.includes(reply.status),
    `${reply.status}, not ${allowed.join('|')}: ${reply.text}`,
  )
  assert.equal(reply.headers['content-type'], 'application/problem+json', reply.text)
  if (code !== null) assert.equal(reply.json.code, code, reply.text)
  assert.equal(reply.json.status, reply.status)
  assert.ok(reply.json.title.length > 0 && reply.json.requestId.length > 0)
  assert.equal(reply.json.type, `urn:mettle:problem:${reply.json.code}`)
  const { requestId: _, ...told } = reply.json
  assert.doesNotMatch(JSON.stringify(told), internals)
}
