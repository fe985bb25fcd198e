/** A backend that runs already and is not ours: asked over HTTP only, and only where meant. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Model } from '../model/model.ts'
import { createCallers } from './callers.ts'
import { CatalogueError } from './catalogue.ts'
import { createSender, type Sender } from './http.ts'
import { Leavings } from './leavings.ts'
import { createAskedRows } from './model/asked-rows.ts'
import type { Random } from './random.ts'
import type { Service } from './service.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The origin to attack. Throws where it is no URL, says more than an origin, or names another
 * machine that was not confirmed.
 */
export function targetOf(text: string, confirmed: string | undefined): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CatalogueError(`--url takes a URL like http://127.0.0.1:3000, not ${text}`)
  }
  if (url.href !== `${url.origin}/`) {
    throw new CatalogueError(
      `--url takes ${url.origin} alone, not ${text}: a backend serves at the root of its host`,
    )
  }
  if (!loopback.has(url.hostname) && confirmed !== url.hostname) {
    throw new CatalogueError(
      `${url.hostname} is another machine. Attack only what is yours; then add: --confirm-host ${url.hostname}`,
    )
  }
  return url.origin
}

interface RemoteOptions {
  readonly url: string
  readonly model: Model
  readonly random: Random
  /** Told at the end what could not be deleted, in words. */
  readonly leaves: (left: readonly string[]) => void
}

/** What is behind the backend cannot be reached: a drill that tries comes to no result. */
export function remoteService({ url, model, random, leaves }: RemoteOptions): Service {
  const sender = createSender({ url })
  const patient = withinLimits(sender.send)
  const leavings = new Leavings(model, patient)
  const send: Sender['send'] = async request => {
    const reply = await patient(request)
    leavings.note(request, reply)
    return reply
  }
  const callers = createCallers({ model, random, send, site: null, settings: {} })
  const unreachable = (what: string): never => {
    throw new Error(`${what} of a backend that runs already is out of reach`)
  }
  return {
    own: false,
    url,
    urls: [url],
    nodes: [],
    send,
    callers,
    rows: createAskedRows({ model, random, send, callers }),
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
    get faults() {
      return unreachable('the machine')
    },
    heal: async () => {},
    async close() {
      leaves(await leavings.clear())
      sender.close()
    },
  }
}

const waitMsMax = 60_000
const attemptsMax = 30

/** Its limits are meant: who is told to wait waits, and asks again. */
function withinLimits(send: Sender['send']): Sender['send'] {
  return async request => {
    for (let attempt = 1; ; attempt++) {
      const reply = await send(request)
      const waitMs = Number(reply.headers['retry-after']) * 1_000
      const isToWait = reply.status === 429 && waitMs > 0 && waitMs <= waitMsMax
      if (!isToWait || attempt === attemptsMax) return reply
      await sleep(waitMs)
    }
  }
}
