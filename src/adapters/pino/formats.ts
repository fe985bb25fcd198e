/** The names of facts in a line: short ones of our own, or those of the Elastic Common Schema. */

import type { LoggerOptions } from 'pino'
import { errorFacts, type ErrorFacts, tellError } from './error-facts.ts'
import type { Facts, Topic } from './lines.ts'
import type { Redact } from './redact.ts'

interface Format {
  readonly options: Pick<
    LoggerOptions,
    'base' | 'formatters' | 'messageKey' | 'serializers' | 'timestamp'
  >
  readonly name: (topic: Topic, facts: Facts, redact: Redact) => object
}

export const formats = {
  json: {
    options: {
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // pino's own would take the facts of an error for an error
      serializers: { err: (facts: object) => facts },
    },
    name(_, { error, detail, ...facts }, redact) {
      return {
        ...facts,
        ...(detail === undefined ? {} : { detail: redact(detail) }),
        ...(error === undefined ? {} : { err: plainError(errorFacts(error, redact)) }),
      }
    },
  },
  ecs: {
    options: {
      base: { 'ecs.version': '8.11.0', 'service.type': 'mettle', 'process.pid': process.pid },
      messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: level => ({ 'log.level': level }) },
    },
    name: (topic, facts, redact) => ({ ...ecsEvents[topic], ...ecsFacts(facts, redact) }),
  },
} as const satisfies Record<string, Format>

/** The lines of a log as a collector reads them. */
export type LineFormat = keyof typeof formats

function plainError(facts: ErrorFacts): object {
  return { type: facts.type, message: facts.message, ...facts.names, stack: tellError(facts) }
}

/** https://www.elastic.co/docs/reference/ecs: allowed values of the event fields. */
const ecsEvents: Readonly<Record<Topic, object>> = {
  request: { 'event.kind': 'event', 'event.category': ['web'], 'event.type': ['access'] },
  step: { 'event.kind': 'event', 'event.category': ['web'], 'event.type': ['access'] },
  fault: { 'event.kind': 'event', 'event.category': ['web'], 'event.type': ['error'] },
  transaction: { 'event.kind': 'event', 'event.category': ['database'], 'event.type': ['info'] },
  lifecycle: { 'event.kind': 'event', 'event.category': ['process'], 'event.type': ['info'] },
}

type EcsNames = {
  readonly [F in keyof Facts]-?: (facts: Facts, redact: Redact) => object
}

const outcomes: Readonly<Record<string, string>> = { committed: 'success', failed: 'failure' }

const ecsNames: EcsNames = {
  requestId: facts => put('http.request.id', facts.requestId),
  traceId: facts => put('trace.id', facts.traceId),
  surface: facts => put('labels.surface', facts.surface),
  method: facts => put('http.request.method', facts.method),
  operation: facts => put('event.action', facts.operation),
  status: ({ status }) => ({
    ...put('http.response.status_code', status),
    ...put('event.outcome', status && outcomeOf(status)),
  }),
  code: facts => put('event.code', facts.code),
  // nanoseconds
  durationMs: ({ durationMs }) => put('event.duration', durationMs && Math.round(durationMs * 1e6)),
  caller: facts => put('user.id', facts.caller),
  apiKey: facts => put('labels.api_key', facts.apiKey),
  where: facts => put('event.action', facts.where),
  error: ({ error }, redact) => (error === undefined ? {} : ecsError(errorFacts(error, redact))),
  attempts: facts => put('labels.attempts', facts.attempts?.toString()),
  outcome: facts => put('event.outcome', outcomes[facts.outcome ?? '']),
  part: facts => put('labels.part', facts.part),
  event: facts => put('event.action', facts.event),
  detail: ({ detail }, redact) => put('event.reason', detail && redact(detail)),
}

/** Of a client that went away (499) nobody knows what it would have made of the answer. */
function outcomeOf(status: number): string {
  if (status === 499) return 'unknown'
  return status < 400 ? 'success' : 'failure'
}

function ecsFacts(facts: Facts, redact: Redact): object {
  return Object.assign({}, ...Object.values(ecsNames).map(name => name(facts, redact)))
}

function put(name: string, value: string | number | null | undefined): object {
  return value === undefined || value === null ? {} : { [name]: value }
}

function ecsError(facts: ErrorFacts): object {
  return {
    'error.type': facts.type,
    'error.message': facts.message,
    'error.stack_trace': tellError(facts),
    ...put('error.code', facts.names['sqlState'] ?? facts.names['code']),
  }
}
