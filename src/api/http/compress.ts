/**
 * Compresses answers for clients that accept it; small answers are not worth the time and stay as
 * they are.
 */

import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import { weightedList } from './headers.ts'
import type { HttpAnswer } from './route.ts'

/** In the order of preference. */
const names = ['br', 'gzip'] as const

type Coding = (typeof names)[number]

const brotli = promisify(brotliCompress)
const deflate = promisify(gzip)

/** Both run on libuv's threads, never on the event loop. */
const codings: Readonly<Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>>> = {
  br: bytes => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: bytes => deflate(bytes, { level: 5 }),
}

/** The coding that Accept-Encoding wants most among ours; null: none. */
export function chooseCoding(accept: string): Coding | null {
  const weights = weightedList(accept)
  const weigh = (name: string) => weights.get(name) ?? weights.get('*') ?? 0
  let best: Coding | null = null
  for (const name of names) if (weigh(name) > (best === null ? 0 : weigh(best))) best = name
  return best
}

/**
 * The compressed answer. Its ETag gets the coding as a suffix, `"3-a1b2-br"`: two representations
 * with one strong tag would be a lie (RFC 9110, 8.8.1).
 */
export async function compress(
  answer: HttpAnswer,
  body: string | Uint8Array,
  coding: Coding,
): Promise<HttpAnswer> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const headers = [...answer.headers, 'content-encoding', coding]
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at] === 'etag') headers[at + 1] = headers[at + 1]!.replace(/"$/, `-${coding}"`)
  }
  return { ...answer, headers, body: await codings[coding](bytes) }
}

/** The tag as it was before `compress`, without quotes. */
export function tagWithoutCoding(tag: string): string {
  const coding = names.find(name => tag.endsWith(`-${name}`))
  return coding === undefined ? tag : tag.slice(0, -coding.length - 1)
}
