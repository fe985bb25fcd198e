/** Batches as tests send and read them. */

import assert from 'node:assert/strict'
import type { Json, Reply, RunningBackend } from '../../support/backend.ts'

type Message = Parameters<RunningBackend['send']>[2]

interface Batches {
  /** Sends operations each for itself. */
  each(operations: readonly object[], message?: Message): Promise<Reply>
  /** Sends operations as one transaction. */
  atomic(operations: readonly object[], message?: Message): Promise<Reply>
}

export function batchesOf(house: RunningBackend): Batches {
  const send = (body: object, message: Message = {}) =>
    house.send('POST', '/batch', { as: 'ada', ...message, body })
  return {
    each: (operations, message) => send({ operations }, message),
    atomic: (operations, message) => send({ atomic: true, operations }, message),
  }
}

/** Of an answer that is one. */
export function resultsOf(reply: Reply): readonly Json[] {
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.headers['content-type'], 'application/json')
  return reply.json.results
}

export function statusesOf(reply: Reply): readonly number[] {
  return resultsOf(reply).map(({ status }) => status)
}

/** `run.not-found` of each result that failed, its status of the others. */
export function outcomesOf(reply: Reply): readonly (string | number)[] {
  return resultsOf(reply).map(({ status, problem }) => problem?.code ?? status)
}
