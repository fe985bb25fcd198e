/** From an HTTP request to the request of an operation. */

import { problem } from '../../base/errors.ts'
import type { Operation, OperationRequest } from '../../engine/operation.ts'
import type { HttpRequest } from '../http/route.ts'
import { idempotencyKey } from './idempotency.ts'

/** A read whose values came from the URL. */
export function readRequest(request: HttpRequest, operation: Operation): OperationRequest {
  return {
    operation,
    credentials: request.credentials,
    requestId: request.requestId,
    surface: 'rest',
    wire: 'text',
    ifMatch: null,
    idempotencyKey: null,
    signal: request.signal,
    trail: request,
  }
}

/** A change whose values came from the body. Throws `wire.invalid-header`. */
export function writeRequest(
  request: HttpRequest,
  operation: Operation,
  ifMatch: OperationRequest['ifMatch'],
): OperationRequest {
  return {
    operation,
    credentials: request.credentials,
    requestId: request.requestId,
    surface: 'rest',
    wire: 'json',
    ifMatch,
    idempotencyKey: idempotencyKey(request),
    signal: request.signal,
    trail: request,
  }
}

/** The body of a request that means nothing without one. Rejects with `wire.*`. */
export async function requireBody(request: HttpRequest): Promise<unknown> {
  const body = await request.json()
  if (body !== undefined) return body
  throw problem('wire.invalid-json', { detail: 'The body is missing.' })
}
