/** `mettle/testing`: a whole backend for a test file, on a database of its own. */

import { AsyncResource } from 'node:async_hooks'
import { after } from 'node:test'
import { inspect } from 'node:util'
import { system } from '../base/caller.ts'
import type { Clock } from '../base/clock.ts'
import type { Observation } from '../base/observe.ts'
import type { ClientOptions } from '../client/connect.ts'
import type { Backend } from '../declare/backend.ts'
import type { Repository } from '../declare/repository.ts'
import type { Resource } from '../declare/resource.ts'
import { migrate } from '../engine/migrations/migrate.ts'
import { buildModel } from '../model/build.ts'
import type { Model } from '../model/model.ts'
import { isBackend } from '../run/backend-file.ts'
import { systemClock } from '../run/clock.ts'
import { checkSettingNames, readConfig, type Settings } from '../run/config.ts'
import { createCore } from '../run/core.ts'
import { createNode, type Node } from '../run/node.ts'
import { asBuilt, type Wiring } from '../run/wiring.ts'
import { type As, connectTo, createAs, type TestClient } from './callers.ts'
import { readLog, type TestLog } from './log.ts'
import { openTestServer } from './server.ts'
import { takeDatabase } from './template.ts'
import { clockStatements, createTime, type TestClock } from './time.ts'

export { newKey } from '../client/index.ts'
export { password } from './callers.ts'
export type { As, TestClient } from './callers.ts'
export type { TestEvent, TestLog } from './log.ts'
export type { Duration, TestClock } from './time.ts'

export interface TestOptions {
  /**
   * A server on which databases may be made; METTLE_TEST_DATABASE_URL unless given, and else an
   * embedded one that all test files share.
   */
  readonly databaseUrl?: string
  /** Settings by their names in the environment, `{ RATE_LIMIT: '5' }`; others are refused. */
  readonly settings?: Settings
  /** Told all that the backend observes; what is a defect goes to stderr unless this is given. */
  readonly observe?: (observation: Observation) => void
}

export interface TestBackend<B extends Backend> {
  /** Where it serves. */
  readonly url: string
  /** Where its database is. */
  readonly databaseUrl: string
  /** Milliseconds until the database was there, and whether the template had to be made. */
  readonly database: { readonly tookMs: number; readonly first: boolean }
  readonly as: As<B>
  /** One more client, not signed in unless the options say so. */
  readonly client: (options?: Partial<ClientOptions>) => TestClient<B>
  readonly clock: TestClock
  readonly log: TestLog
  /** Work in one transaction as the engine, which no rule of access holds: to arrange a scene. */
  readonly arrange: <Result>(work: (db: Stores<B>) => Promise<Result>) => Promise<Result>
  /** Ends it and drops its database. May be called twice. */
  readonly stop: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** A repository for each resource, under its name in `parts`. */
type Stores<B extends Backend> = {
  readonly [
    K in keyof B['parts'] as B['parts'][K]['kind'] extends 'resource' ? K : never
  ]: B['parts'][K] extends infer R extends Resource ? Repository<R> : never
}

/** Guards nothing but tests; the same everywhere, because the template has keys sealed with it. */
const secret = 'the secret of tests, which guards nothing at all'
const directory = '/nonexistent'

/**
 * Serves `backend` on a port of its own until `stop`, which a test file calls at its end; else
 * `node --test` does.
 */
export async function testBackend<B extends Backend>(
  backend: B,
  options: TestOptions = {},
): Promise<TestBackend<B>> {
  if (!isBackend(backend)) {
    const given = inspect(backend, { depth: 0 })
    throw new TypeError(`testBackend takes what backend() made (a default export?), not ${given}`)
  }
  checkSettingNames(options.settings ?? {})
  const model = buildModel(backend)
  const given = options.databaseUrl ?? process.env['METTLE_TEST_DATABASE_URL'] ?? null
  const server = await openTestServer(given)
  const database = await takeDatabase(server, model, url => prepare(url, model))
  const { url: databaseUrl, tookMs, first } = database
  const time = createTime(() => node.database)
  const environment = { PORT: '0', RATE_LIMIT: '1000000000', ...options.settings }
  const config = readConfig(environment, 'development', directory)
  const observe = options.observe ?? tellDefects
  const wiring = onClock(time.engine)
  const parts = { model, config, databaseUrl, secret, observe, wiring, routes: [] }
  const node: Node = createNode(parts)
  const end = async () => {
    await node.stop()
    await database.drop()
    await server.close()
  }
  let ended: Promise<void> | null = null
  const stop = () => (ended ??= end())
  stopWithFile(stop)
  await node.start().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  const url = `http://127.0.0.1:${node.port}`
  const client = connectTo<B>(url)
  return {
    url,
    databaseUrl,
    database: { tookMs, first },
    as: createAs(client, node.identity, time.engine),
    client,
    clock: time,
    log: readLog(node.log, node.database, [...model.resources.keys()]),
    arrange: work => arrange(model, node, time.engine, work),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Outside of every test, whichever calls: what a test hooks on ends with it. */
const file = new AsyncResource('mettle/testing')

/**
 * A file of `node --test` that forgets to stop would never end. Hooked on by a first hook, the stop
 * comes behind the hooks that the file has of its own.
 */
function stopWithFile(stop: () => Promise<void>): void {
  if (process.env['NODE_TEST_CONTEXT'] === undefined) return
  const afterAll = (hook: () => unknown) => file.runInAsyncScope(() => after(hook))
  afterAll(() => afterAll(stop))
}

/** What every copy begins with: tables, signing keys, and a clock that can be put forward. */
async function prepare(databaseUrl: string, model: Model): Promise<void> {
  const config = readConfig({}, 'development', directory)
  const core = createCore({ model, config, databaseUrl, secret, observe: () => {} })
  await core.database.start()
  try {
    await migrate(core.database, model)
    await core.identity?.start()
    for (const text of clockStatements) await core.database.run({ text, values: [] }, 'pool')
  } finally {
    await core.database.stop()
  }
}

/** Connections and requests keep real time: they would take a jump for silence. */
function onClock(clock: Clock): Wiring {
  return {
    ...asBuilt,
    clock: () => clock,
    postgres: given => ({ ...given, clock: systemClock }),
    http: settings => ({ ...settings, clock: systemClock }),
  }
}

function arrange<B extends Backend, Result>(
  model: Model,
  node: Node,
  clock: Clock,
  work: (db: Stores<B>) => Promise<Result>,
): Promise<Result> {
  const uses = new Map([...model.resources.values()].map(({ part, name }) => [part, name]))
  const facts = { caller: system, requestId: 'test', nowMs: clock.now() }
  return node.data.transaction({ isolation: 'read committed' }, scope => {
    // Its type is the backend's, which the model no longer has.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return work(node.repositories(uses, scope, facts) as unknown as Stores<B>)
  })
}

function tellDefects(observation: Observation): void {
  if (observation.kind !== 'fault') return
  process.stderr.write(`${observation.where}: ${inspect(observation.error)}\n`)
}
