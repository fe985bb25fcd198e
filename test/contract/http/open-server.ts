/** A listening HTTP server for a test, what it observed, and a client that speaks raw bytes. */

import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import type { Observation } from '../../../src/base/observe.ts'
import {
  createHttpListener,
  type HttpServer,
  type HttpSettings,
} from '../../../src/api/http/server.ts'

const clock = { now: () => Date.now(), monotonic: () => performance.now() }

interface OpenServer {
  readonly server: HttpServer
  readonly port: number
  readonly url: string
  readonly observations: Observation[]
}

/** Everything that a server needs and that a test does not care about. */
export function plainSettings(observations: Observation[]): Omit<HttpSettings, 'routes'> {
  return {
    fallback: null,
    guard: null,
    observe: observation => void observations.push(observation),
    clock,
    limits: { ...limits, drainNoticeMs: 20, drainUnseenMs: 0, drainMs: 200 },
    listen: { port: 0, host: '127.0.0.1' },
    charge: null,
    secure: false,
    foreignOrigins: [],
    trustedProxies: [],
    networks: { allowed: [], denied: [] },
    tls: null,
    sessionCookie: 'mettle_session',
  }
}

export async function openServer(
  t: TestContext,
  settings: Partial<HttpSettings> & Pick<HttpSettings, 'routes'>,
): Promise<OpenServer> {
  const observations: Observation[] = []
  return begin(t, createHttpListener({ ...plainSettings(observations), ...settings }), observations)
}

export async function begin(
  t: TestContext,
  server: HttpServer,
  observations: Observation[],
): Promise<OpenServer> {
  await server.start()
  t.after(() => server.stop())
  const { port } = server.address!
  return { server, port, url: `http://127.0.0.1:${port}`, observations }
}

interface Wire {
  readonly socket: Socket
  send(text: string): void
  /**
   * Resolves with everything received, as Latin-1, when `pattern` is in it; rejects when the server
   * closes before.
   */
  until(pattern: RegExp): Promise<string>
  /** Resolves with everything received when the connection is closed. */
  closed(): Promise<string>
}

export async function openWire(t: TestContext, port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let changed = signalled()
  const tell = () => {
    changed.resolve()
    changed = signalled()
  }
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    tell()
  })
  socket.on('error', () => undefined)
  socket.on('close', tell)
  t.after(() => socket.destroy())
  await once(socket, 'connect')

  async function until(pattern: RegExp): Promise<string> {
    while (!pattern.test(text)) {
      if (socket.closed) throw new Error(`closed before ${pattern}: ${text}`)
      await changed.promise
    }
    return text
  }

  async function closed(): Promise<string> {
    while (!socket.closed) await changed.promise
    return text
  }

  return { socket, send: bytes => void socket.write(bytes, 'latin1'), until, closed }
}

/** A promise and its ends, for tests that wait for an event and never for time. */
export function signalled<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { promise, resolve }
}
