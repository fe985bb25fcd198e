/** The user's own Fastify plugin behind our routes: what they do not answer goes to it. */

import { createServer, type IncomingMessage } from 'node:http'

import type { FastifyError, FastifyInstance } from 'fastify'

import { Problem, problem, problemKinds } from '../../base/errors.ts'
import type { LongLived } from '../../base/lifecycle.ts'
import { blockFor, type BrowserHeaders } from './browser.ts'
import type { Fallback } from './dispatcher.ts'
import type { Exchange } from './exchange.ts'

interface FastifyMount extends LongLived {
  /** Lets the plugin answer. Throws before `start`. */
  readonly serve: Fallback
}

interface FastifyMountSettings {
  /** `Model.wire`, whose argument is typed where it is declared. */
  readonly wire: (app: never) => unknown
  readonly bodyBytesMax: number
  /** The plugin's handlers may overwrite them. */
  readonly browser: BrowserHeaders
}

/** fastify is an optional peer: it is loaded at `start`, and only where a plugin is declared. */
export function mountFastify({ wire, bodyBytesMax, browser }: FastifyMountSettings): FastifyMount {
  const exchanges = new WeakMap<IncomingMessage, Exchange>()
  let app: FastifyInstance | null = null

  async function start(): Promise<void> {
    const { fastify } = await import('fastify')
    app = fastify({ bodyLimit: bodyBytesMax, serverFactory: handler => createServer(handler) })
    app.setNotFoundHandler((request, reply) => {
      reply.hijack()
      exchanges.get(request.raw)?.fail(problem('wire.not-found'))
    })
    app.setErrorHandler((error: FastifyError, request, reply) => {
      reply.hijack()
      exchanges.get(request.raw)?.fail(problemOfFastify(error))
    })
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the plugin names its own type
    await app.register(async scope => void (await wire(scope as never)))
    await app.ready()
  }

  function serve(exchange: Exchange): void {
    const { message, response } = exchange
    if (app === null) throw new Error('the Fastify plugin was asked before it was started')
    exchanges.set(message, exchange)
    exchange.operation = 'wire'
    exchange.surface = 'fastify'
    exchange.follow()
    const block = blockFor(browser, message.headers.origin)
    for (let at = 0; at < block.length; at += 2) response.setHeader(block[at]!, block[at + 1]!)
    response.setHeader('x-request-id', exchange.requestId)
    app.routing(message, response)
  }

  return { start, stop: async () => app?.close(), serve }
}

/**
 * What Fastify or the plugin refused on purpose (a status under 500) is outward; everything else
 * stays inside.
 */
function problemOfFastify(error: FastifyError): unknown {
  const { statusCode: status = 500 } = error
  if (error instanceof Problem || status >= 500) return error
  return new Problem(
    'wire.malformed-request',
    { ...problemKinds['wire.malformed-request'], status },
    { detail: error.message },
  )
}
