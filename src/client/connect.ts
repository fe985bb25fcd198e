/**
 * The client at run time: names become paths when they are first used, so it knows nothing of the
 * backend but its types.
 */

import { batchOf } from './batch.ts'
import type { Contract, Versioned } from './contract.ts'
import { callOf, ClientProblem } from './problem.ts'
import {
  aggregateParameters,
  inputParameters,
  listParameters,
  queryOf,
  viewParameters,
} from './query-string.ts'
import type { Grouped, Listed } from './query-string.ts'
import { createSigning } from './signing.ts'
import type { Ask, SigningOptions } from './signing.ts'
import type { Client } from './client.ts'
import type { KeyMode } from './surface.ts'
import { byName, withResources } from './names.ts'
import { createTransport } from './transport.ts'
import type { Message, TransportOptions } from './transport.ts'

export interface ClientOptions extends TransportOptions, SigningOptions {
  /**
   * `explicit` (unless given): creates and commands name a `key`, which says what is the same
   * write also after a crash or a reload. `automatic`: every call gets a key of its own, which
   * covers what the client itself sends again.
   */
  readonly keys?: KeyMode
}

/** A key that nobody else makes: 128 random bits. Keep it with what it stands for. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Nothing is sent before something is called. */
export function clientOf<C extends Contract, M extends KeyMode>(
  options: ClientOptions,
): Client<C, M> {
  const { ask, isSignedIn, auth } = createSigning(createTransport(options), options)
  const automatic = options.keys === 'automatic'
  const key = ({ key: given }: Options): string | null =>
    given !== undefined ? given : automatic && isSignedIn() ? newKey() : null
  const words = {
    auth,
    batch: batchOf(ask, key),
    commands: byName(name => (input: object, given: Options = {}) => {
      const body = input ?? {}
      return callOf(
        ask<unknown>({
          method: 'POST',
          path: root + name,
          body,
          key: key(given),
          ...aborting(given),
        }),
      )
    }),
    queries: byName(name => (input: object = {}, given: Options = {}) => {
      const whole = root + name + queryOf(inputParameters(input))
      const asked = ask<AnyPage>({ method: 'GET', path: whole, ...aborting(given) })
      return callOf(asked.then(({ data }) => data))
    }),
  }
  const client = withResources(words, name => resourceCalls(root + name, ask, key))
  // The names are types only: whatever is asked for is there, and the backend knows what it has.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return client as Client<C, M>
}

interface Options extends Listed {
  readonly key?: string | null
  readonly signal?: AbortSignal
  readonly attemptsMax?: number
}

interface AnyPage {
  readonly data: readonly unknown[]
  readonly next: string | null
}

const root = '/api/v1/'
const attemptsMaxDefault = 5

function resourceCalls(path: string, ask: Ask, key: (given: Options) => string | null) {
  const read = (id: string, given: Options) =>
    ask<Versioned>({
      method: 'GET',
      path: one(path, id) + queryOf(viewParameters(given)),
      ...aborting(given),
    })
  const page = (filter: object, given: Options) =>
    ask<AnyPage>({
      method: 'GET',
      path: path + queryOf(listParameters(filter, given)),
      ...aborting(given),
    })
  const change = (method: 'PATCH' | 'PUT', target: Target, body: object, given: Options) => {
    const whole = one(path, idOf(target)) + queryOf(viewParameters(given))
    const sent: Message = { method, path: whole, body, key: key(given), ...at(target) }
    return ask<Versioned>({ ...sent, ...aborting(given) })
  }

  async function* each(filter: object = {}, given: Options = {}): AsyncGenerator {
    let after: string | null | undefined = given.after
    while (after !== null) {
      const whole = after === undefined ? given : { ...given, after }
      const { data, next } = await page(filter, whole)
      yield* data
      after = next
    }
  }

  async function edit(id: string, make: Make, given: Options) {
    for (let left = given.attemptsMax ?? attemptsMaxDefault; ; left--) {
      const row = await read(id, aborting(given))
      const changes = await make(row)
      try {
        return await change('PATCH', row, changes, aborting(given))
      } catch (error) {
        const isStale = error instanceof ClientProblem && error.code === 'run.stale'
        if (!isStale || left <= 1) throw error
      }
    }
  }

  return {
    get: (id: string, given: Options = {}) => callOf(read(id, given)),
    list: (filter: object = {}, given: Options = {}) => callOf(page(filter, given)),
    each,
    aggregate: (filter: object = {}, given: Grouped & Options = {}) => {
      const whole = `${path}/aggregate${queryOf(aggregateParameters(filter, given))}`
      return callOf(ask<unknown>({ method: 'GET', path: whole, ...aborting(given) }))
    },
    create: (body: object, given: Options = {}) => {
      const whole = path + queryOf(viewParameters(given))
      const sent: Message = { method: 'POST', path: whole, body, key: key(given) }
      return callOf(ask<Versioned>({ ...sent, ...aborting(given) }))
    },
    update: (target: Target, body: object, given: Options = {}) =>
      callOf(change('PATCH', target, body, given)),
    replace: (target: Target, body: object, given: Options = {}) =>
      callOf(change('PUT', target, body, given)),
    edit: (id: string, make: Make, given: Options = {}) => callOf(edit(id, make, given)),
    delete: (target: Target, given: Options = {}) => {
      const whole = one(path, idOf(target))
      const sent: Message = { method: 'DELETE', path: whole, key: key(given) }
      return callOf(ask<null>({ ...sent, ...at(target), ...aborting(given) }).then(() => undefined))
    },
  }
}

type Target = string | Versioned
type Make = (row: Versioned) => object | Promise<object>

function one(path: string, id: string): string {
  return `${path}/${encodeURIComponent(id)}`
}

function idOf(target: Target): string {
  return typeof target === 'string' ? target : target.id
}

function at(target: Target): Pick<Message, 'version'> {
  return typeof target === 'string' ? {} : { version: target.version }
}

function aborting({ signal }: Options): Pick<Message, 'signal'> {
  return signal === undefined ? {} : { signal }
}
