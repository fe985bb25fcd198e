/** Liveness, readiness and startup probes that tell the truth. */

import { type HttpAnswer, jsonAnswer, type Route } from '../api/http/route.ts'
import { limits } from '../base/limits.ts'
import type { Database } from '../ports/database.ts'

interface HealthFacts {
  readonly database: Pick<Database, 'ping'>
  /** False once the process has begun to drain. */
  readonly accepting: () => boolean
  /** Whether migrations are checked and the server listens. */
  readonly started: () => boolean
  /** Whether limits hold over all machines as they should; null where each counts for itself. */
  readonly limits: () => boolean | null
}

/**
 * `live`: the event loop turns; never asks a dependency, so that a dead database restarts no
 * process. `ready`: requests can be served now. `startup`: the start is complete.
 */
export function healthRoutes(facts: HealthFacts): readonly Route[] {
  const database = createProbe(facts.database)
  return [
    route('live', () => probe({})),
    route('ready', async () => {
      const checks = { accepting: facts.accepting(), database: await database() }
      return probe(checks, { limits: facts.limits() })
    }),
    route('startup', () => probe({ started: facts.started() })),
  ]
}

function route(name: string, handle: Route['handle']): Route {
  const operation = `health.${name}`
  const path = `/health/${name}`
  return { method: 'GET', path, operation, surface: 'service', listener: 'admin', handle }
}

/** What works in another way than it should, such as limits, is told and fails nothing. */
function probe(
  checks: Readonly<Record<string, boolean>>,
  told: Readonly<Record<string, boolean | null>> = {},
): HttpAnswer {
  const known = Object.entries(told).filter(([, holds]) => holds !== null)
  const isFailing = Object.values(checks).includes(false)
  const isDegraded = known.some(([, holds]) => holds === false)
  const status = isFailing ? 'failing' : isDegraded ? 'degraded' : 'ok'
  const all = { ...checks, ...Object.fromEntries(known) }
  return jsonAnswer(isFailing ? 503 : 200, { status, checks: all })
}

/** Probes that come together share one ping: they cost the database the same however many come. */
function createProbe(database: Pick<Database, 'ping'>): () => Promise<boolean> {
  let asked: Promise<boolean> | null = null
  return () => (asked ??= answers(database).finally(() => (asked = null)))
}

async function answers(database: Pick<Database, 'ping'>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(late.resolve, limits.healthPingMs, false)
  const ping = database.ping().then(
    () => true,
    () => false,
  )
  return Promise.race([ping, late.promise]).finally(() => clearTimeout(timer))
}
