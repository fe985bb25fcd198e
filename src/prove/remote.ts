/** A backend that runs already and is not ours: asked over HTTP only, and only where meant. */

import type { Model } from '../model/model.ts'
import { createCallers } from './callers.ts'
import { CatalogueError } from './catalogue.ts'
import { createSender } from './http.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The origin to attack. Throws where it is no URL, or names another machine that was not confirmed.
 */
export function targetOf(text: string, confirmed: string | undefined): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CatalogueError(`--url takes a URL like http://127.0.0.1:3000, not ${text}`)
  }
  if (!loopback.has(url.hostname) && confirmed !== url.hostname) {
    throw new CatalogueError(
      `${url.hostname} is another machine. Attack only what is yours; then add: --confirm-host ${url.hostname}`,
    )
  }
  return url.origin
}

/** What is behind the backend cannot be reached: a drill that tries comes to no result. */
export function remoteService(url: string, model: Model, random: Random): Service {
  const sender = createSender({ url })
  const { send } = sender
  const unreachable = (what: string): never => {
    throw new Error(`${what} of a backend that runs already is out of reach`)
  }
  return {
    own: false,
    url,
    urls: [url],
    nodes: [],
    send,
    callers: createCallers({ model, random, send, site: null, settings: {} }),
    get secret() {
      return unreachable('the secret')
    },
    get balancer() {
      return unreachable('the network')
    },
    get records() {
      return unreachable('the database')
    },
    operate: async () => unreachable('the command line'),
    superuser: () => unreachable('the database'),
    get rows() {
      return unreachable('the database')
    },
    get faults() {
      return unreachable('the machine')
    },
    heal: async () => {},
    close: async () => sender.close(),
  }
}
