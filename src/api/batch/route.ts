/** `POST /api/v1/batch`: several operations in one request. */

import { Problem } from '../../base/errors.ts'
import type { BatchResult, ExecuteBatch } from '../../engine/batch.ts'
import { apiPath } from '../../model/names.ts'
import type { Model } from '../../model/model.ts'
import { problemText } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { locationOf, requireJsonAccepted, writeAnswer } from '../rest/answers.ts'
import { refuseConditions } from '../rest/conditions.ts'
import { idempotencyKey } from '../rest/idempotency.ts'
import { requireBody } from '../rest/operation-request.ts'
import { refuseQuery } from '../rest/query-string.ts'
import { operationsOf } from './catalogue.ts'
import { readEnvelope } from './envelope.ts'
import { stepOf } from './step.ts'

export function batchRoute(model: Model, execute: ExecuteBatch): Route {
  const known = operationsOf(model)
  return {
    method: 'POST',
    path: `${apiPath}/batch`,
    operation: 'batch',
    async handle(request) {
      requireJsonAccepted(request)
      refuseConditions(request, ['if-match', 'if-none-match'])
      refuseQuery(request.query)
      const content = await requireBody(request)
      const { atomic, entries } = readEnvelope(content, known)
      const { credentials, requestId, signal } = request
      const { results, replayed, headers } = await execute({
        steps: entries.map(entry => stepOf(entry, atomic, request)),
        atomic,
        content,
        credentials,
        requestId,
        idempotencyKey: idempotencyKey(request),
        signal,
        trail: request,
      })
      const body = `{"results":[${results.map(result => resultText(result, requestId)).join()}]}`
      const whole = { status: 200, body, tag: null, created: null, shared: false } as const
      return writeAnswer({ ...whole, replayed, headers })
    },
  }
}

/** Status and headers as a request that comes alone would have, and the body unparsed. */
function resultText(result: BatchResult, requestId: string): string {
  if (result instanceof Problem) {
    const { status, retryAfterSeconds: retryAfter } = result
    const head = JSON.stringify({ status, retryAfter })
    return `${head.slice(0, -1)},"problem":${problemText(result, requestId)}}`
  }
  const { status, tag, created, replayed, body } = result
  const head = JSON.stringify({
    status,
    etag: tag === null ? undefined : `"${tag}"`,
    location: created === null ? undefined : locationOf(created),
    replayed: replayed || undefined,
  })
  return body === null ? head : `${head.slice(0, -1)},"body":${body}}`
}
