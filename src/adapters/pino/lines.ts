/** Which observations are worth a line, at which level, and what stands in it. */

import type { Observation, ObservationOf } from '../../base/observe.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** What a line may say; every format has a name for each. */
export interface Facts {
  readonly requestId?: string | null
  readonly traceId?: string | null
  readonly surface?: string
  readonly method?: string
  readonly operation?: string
  readonly status?: number
  /** Of a problem. */
  readonly code?: string | null
  readonly durationMs?: number
  readonly caller?: string | null
  readonly apiKey?: string | null
  readonly where?: string
  readonly error?: unknown
  readonly attempts?: number
  readonly outcome?: string
  readonly part?: string
  readonly event?: string
  readonly detail?: string | undefined
}

export type Topic = 'request' | 'step' | 'fault' | 'transaction' | 'lifecycle'

interface Line<O> {
  readonly topic: Topic
  readonly level: (observation: O) => Level
  readonly message: (observation: O) => string
  readonly facts: (observation: O) => Facts
}

/** A request slower than this is worth a warning. */
const slowMs = 1_000

const requestMessages: Readonly<Record<Level, string>> = {
  error: 'request failed',
  warn: 'request was slow',
  info: 'request refused',
  debug: 'request',
}

function requestLevel(status: number, durationMs = 0): Level {
  if (status >= 500) return 'error'
  if (durationMs > slowMs) return 'warn'
  return status >= 400 ? 'info' : 'debug'
}

function factsOf(observation: Facts & { readonly kind: string }): Facts {
  const { kind: _, ...facts } = observation
  return facts
}

/** Null: counted by metrics, and not worth a line. */
export const lines: {
  readonly [K in Observation['kind']]: Line<ObservationOf<K>> | null
} = {
  request: {
    topic: 'request',
    level: o => requestLevel(o.status, o.durationMs),
    message: o => requestMessages[requestLevel(o.status, o.durationMs)],
    facts: factsOf,
  },
  step: {
    topic: 'step',
    level: o => requestLevel(o.status),
    message: o => `${requestMessages[requestLevel(o.status)]}, one of several`,
    facts: factsOf,
  },
  fault: {
    topic: 'fault',
    level: () => 'error',
    message: () => 'unexpected error',
    facts: factsOf,
  },
  transaction: {
    topic: 'transaction',
    level: () => 'debug',
    message: () => 'transaction',
    facts: factsOf,
  },
  lifecycle: {
    topic: 'lifecycle',
    level: () => 'info',
    message: o => `${o.part} ${o.event}`,
    facts: factsOf,
  },
  stage: null,
  plan: null,
  batch: null,
  wait: null,
  horizon: null,
  hash: null,
  limit: null,
  'limit-alone': null,
}
