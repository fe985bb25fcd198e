/** Reads a request body as JSON: framing, media type, charset, size, and then the strict parser. */

import type { IncomingMessage } from 'node:http'

import { problem } from '../../base/errors.ts'
import { parseJson } from '../../base/json.ts'
import type { BodyRoom } from './body-room.ts'

export interface BodyLimits {
  readonly bodyBytesMax: number
  readonly jsonDepthMax: number
}

/** undefined where no body was sent. Rejects with `wire.*` problems and `admit.overloaded`. */
export async function readJsonBody(
  message: IncomingMessage,
  limits: BodyLimits,
  room: BodyRoom,
): Promise<unknown> {
  if (!hasBody(message)) return undefined
  checkCoding(message.headers['content-encoding'])
  checkMediaType(message.headers['content-type'], message.method === 'PATCH')
  if (announcesTooMuch(message, limits.bodyBytesMax)) throw tooLarge(limits.bodyBytesMax)
  return parseJson(await readBytes(message, limits.bodyBytesMax, room), limits.jsonDepthMax)
}

/** Whether Content-Length alone shows that the body will be refused. */
export function announcesTooMuch(message: IncomingMessage, bodyBytesMax: number): boolean {
  return Number(message.headers['content-length'] ?? 0) > bodyBytesMax
}

function hasBody(message: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = message.headers
  return coding !== undefined || (length !== undefined && Number(length) > 0)
}

function tooLarge(bodyBytesMax: number): Error {
  return problem('wire.body-too-large', { detail: `A body has at most ${bodyBytesMax} bytes.` })
}

/** No coding is undone: a small compressed body can hold gigabytes. */
function checkCoding(coding: string | undefined): void {
  if (coding === undefined || coding.trim().toLowerCase() === 'identity') return
  throw problem('wire.unsupported-media-type', {
    detail: 'Send the body without a Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  })
}

const jsonTypes = new Set(['application/json'])
const patchTypes = new Set(['application/json', 'application/merge-patch+json'])

function checkMediaType(header: string | undefined, patch: boolean): void {
  const [type = '', ...parameters] = (header ?? '')
    .split(';')
    .map(part => part.trim().toLowerCase())
  const accepted = patch ? patchTypes : jsonTypes
  if (!accepted.has(type)) {
    throw problem('wire.unsupported-media-type', {
      detail: `Send the body as ${[...accepted].join(' or ')}.`,
      headers: { [patch ? 'accept-patch' : 'accept-post']: [...accepted].join(', ') },
    })
  }
  const charset = parameters.find(parameter => parameter.startsWith('charset='))
  if (charset !== undefined && charset.replaceAll('"', '') !== 'charset=utf-8') {
    throw problem('wire.unsupported-media-type', { detail: 'JSON is sent as UTF-8.' })
  }
}

function readBytes(
  message: IncomingMessage,
  bytesMax: number,
  room: BodyRoom,
): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const chunks: Buffer[] = []
  let bytes = 0
  const leave = () => {
    message.off('data', take)
    room.give(bytes)
    bytes = 0
  }
  const refuse = (failure: unknown) => {
    leave()
    reject(failure)
  }
  const take = (chunk: Buffer) => {
    if (bytes + chunk.length > bytesMax) return refuse(tooLarge(bytesMax))
    try {
      room.take(chunk.length)
    } catch (failure) {
      return refuse(failure)
    }
    bytes += chunk.length
    chunks.push(chunk)
  }
  message.on('data', take)
  message.once('end', () => {
    leave()
    resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  })
  message.once('error', cause =>
    refuse(problem('wire.malformed-request', { detail: 'The body ended early.', cause })),
  )
  return promise
}

/**
 * Reads on and drops what comes, so that a client that is still sending gets to read its answer; a
 * connection closed with unread bytes is reset, and the answer is lost with it. Past `bytesMax` the
 * connection is cut.
 */
export function discardBody(message: IncomingMessage, bytesMax: number): void {
  let bytes = 0
  message.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > bytesMax) message.destroy()
  })
}
