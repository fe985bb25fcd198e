/**
 * The request that handlers see, over Node's message; whatever costs something is made on first
 * use.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Credentials, Trail } from '../../engine/operation.ts'
import type { BodyRoom } from './body-room.ts'
import { readJsonBody, type BodyLimits } from './body.ts'
import type { ClientAddress } from './client-address.ts'
import { bearerToken, cookieValue } from './headers.ts'
import type { HttpRequest, RouteMethod } from './route.ts'

/** What the server knows for all requests. */
export interface RequestSettings {
  readonly sessionCookie: string
  readonly secure: boolean
  readonly clientAddress: ClientAddress
  readonly limits: BodyLimits
  readonly bodyRoom: BodyRoom
}

/** The client's, as far as it can be believed; empty where its connection has none. */
export function addressOf(
  { headers, socket }: IncomingMessage,
  { clientAddress }: Pick<RequestSettings, 'clientAddress'>,
): string {
  const forwarded = headers['x-forwarded-for']
  return clientAddress(
    socket.remoteAddress ?? '',
    forwarded === undefined ? null : String(forwarded),
  )
}

export class NodeRequest implements HttpRequest {
  readonly method: RouteMethod
  readonly path: string
  readonly query: string
  readonly params: readonly string[]
  readonly requestId: string
  caller: Trail['caller'] = null
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #settings: RequestSettings
  #credentials: Credentials | null = null
  #controller: AbortController | null = null

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    settings: RequestSettings,
    found: Pick<HttpRequest, 'method' | 'path' | 'query' | 'params' | 'requestId'>,
  ) {
    this.method = found.method
    this.path = found.path
    this.query = found.query
    this.params = found.params
    this.requestId = found.requestId
    this.#message = message
    this.#response = response
    this.#settings = settings
  }

  get secure(): boolean {
    return this.#settings.secure
  }

  get credentials(): Credentials {
    const { headers } = this.#message
    return (this.#credentials ??= {
      cookie: cookieValue(headers.cookie, this.#settings.sessionCookie),
      bearer: bearerToken(headers.authorization),
      address: addressOf(this.#message, this.#settings),
    })
  }

  get signal(): AbortSignal {
    if (this.#controller !== null) return this.#controller.signal
    const controller = new AbortController()
    const response = this.#response
    if (response.destroyed) controller.abort()
    else response.once('close', () => void (response.writableFinished || controller.abort()))
    this.#controller = controller
    return controller.signal
  }

  /** Nobody waits for the answer any more: whoever works on it may stop. */
  abandon(reason: Error): void {
    this.#controller?.abort(reason)
  }

  header(name: string): string | null {
    const value = this.#message.headers[name]
    return Array.isArray(value) ? value.join(', ') : (value ?? null)
  }

  json(): Promise<unknown> {
    return readJsonBody(this.#message, this.#settings.limits, this.#settings.bodyRoom)
  }
}
