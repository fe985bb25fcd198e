/** Liveness, readiness and startup probes that tell the truth. */

import { type HttpAnswer, jsonAnswer, type Route } from '../api/http/route.ts'
import type { Database } from '../ports/database.ts'

export interface HealthFacts {
  readonly database: Pick<Database, 'ping'>
  /** False once the process has begun to drain. */
  readonly accepting: () => boolean
  /** Whether migrations are checked and the server listens. */
  readonly started: () => boolean
}

const pingMs = 1_500

/**
 * `live`: the event loop turns; never asks a dependency, so that a dead database restarts no process. `ready`: requests
 * can be served now. `startup`: the start is complete.
 */
export function healthRoutes(facts: HealthFacts): readonly Route[] {
  return [
    route('live', () => probe({})),
    route('ready', async () =>
      probe({ accepting: facts.accepting(), database: await answers(facts.database) }),
    ),
    route('startup', () => probe({ started: facts.started() })),
  ]
}

function route(name: string, handle: Route['handle']): Route {
  return { method: 'GET', path: `/health/${name}`, operation: `health.${name}`, handle }
}

function probe(checks: Readonly<Record<string, boolean>>): HttpAnswer {
  const failing = Object.keys(checks).filter(name => checks[name] === false)
  const status = failing.length === 0 ? 'ok' : 'failing'
  return jsonAnswer(failing.length === 0 ? 200 : 503, { status, checks })
}

async function answers(database: Pick<Database, 'ping'>): Promise<boolean> {
  const timeout = new Promise<boolean>(resolve => setTimeout(resolve, pingMs, false).unref())
  const ping = database.ping().then(
    () => true,
    () => false,
  )
  return Promise.race([ping, timeout])
}
