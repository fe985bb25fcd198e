/** One observation of each kind. */

import type { Observation } from '../../src/base/observe.ts'

export const requestId = '0190c5f0-5f9c-7000-8000-0123456789ab'
export const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const request = {
  kind: 'request',
  requestId,
  traceId,
  surface: 'rest',
  method: 'GET',
  operation: 'notes.read',
  status: 200,
  code: null,
  durationMs: 1.5,
  caller: 'ada',
  apiKey: '0190c5f0-5f9c-7000-8000-0123456789ac',
} as const

/** One of each kind; a kind that is missing does not compile. */
export const everyObservation: {
  readonly [K in Observation['kind']]: Extract<Observation, { kind: K }>
} = {
  request,
  step: {
    kind: 'step',
    requestId,
    operation: 'a',
    status: 500,
    code: 'run.internal',
    caller: null,
    apiKey: null,
  },
  fault: { kind: 'fault', requestId, traceId, where: 'notes.read', error: new Error('broken') },
  stage: { kind: 'stage', stage: 'run', durationMs: 1 },
  plan: { kind: 'plan', route: 'read', key: 'a' },
  batch: { kind: 'batch', route: 'read', size: 1, alone: 0, durationMs: 1 },
  transaction: { kind: 'transaction', attempts: 2, outcome: 'committed' },
  wait: { kind: 'wait', place: 'pool', durationMs: 1 },
  horizon: { kind: 'horizon', reached: 2n, settled: 1n, lagMs: 1 },
  hash: { kind: 'hash', durationMs: 1, waitedMs: 0 },
  limit: { kind: 'limit', policy: 'default', allowed: false },
  'limit-alone': { kind: 'limit-alone' },
  lifecycle: { kind: 'lifecycle', part: 'database', event: 'outage-begins', detail: 'gone' },
}
