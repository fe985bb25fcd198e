/** Large answers are compressed as the client accepts, small ones never. */

import assert from 'node:assert/strict'
import { request as ask, type IncomingHttpHeaders } from 'node:http'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

import { limits } from '../../../src/base/limits.ts'
import type { Route } from '../../../src/api/http/route.ts'
import { openServer } from './open-server.ts'

const large = JSON.stringify('é'.repeat(limits.compressBytesMin))
const small = JSON.stringify('é'.repeat(10))

const routes: readonly Route[] = [large, small].map(body => ({
  method: 'GET',
  path: body === large ? '/large' : '/small',
  operation: 'text',
  handle: () => ({
    status: 200,
    headers: ['etag', '"3-abc"', 'content-type', 'application/json'],
    body,
  }),
}))

const decoders: Record<string, (bytes: Buffer) => Buffer> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  none: bytes => bytes,
}

/** Accept-Encoding and the coding that is chosen. */
const wishes: readonly (readonly [string, string])[] = [
  ['gzip', 'gzip'],
  ['br', 'br'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['*;q=0', 'none'],
  ['identity', 'none'],
  ['deflate', 'none'],
  ['gzip;q=0', 'none'],
  ['gzip;q=junk', 'none'],
  ['', 'none'],
]

for (const [accept, coding] of wishes) {
  test(`Accept-Encoding "${accept}" gets ${coding}`, async t => {
    const { port } = await openServer(t, { routes })
    const { headers, bytes } = await get(port, '/large', accept)
    assert.equal(headers['content-encoding'] ?? 'none', coding)
    assert.equal(headers.etag, coding === 'none' ? '"3-abc"' : `"3-abc-${coding}"`)
    assert.equal(headers['content-length'], String(bytes.length))
    assert.equal(decoders[coding]!(bytes).toString(), large)
  })
}

test('a small answer stays as it is', async t => {
  const { port } = await openServer(t, { routes })
  const { headers, bytes } = await get(port, '/small', 'gzip, br')
  assert.equal(headers['content-encoding'], undefined)
  assert.equal(bytes.toString(), small)
})

function get(port: number, path: string, accept: string) {
  return new Promise<{ headers: IncomingHttpHeaders; bytes: Buffer }>((resolve, reject) => {
    const asked = ask({ port, path, host: '127.0.0.1', headers: { 'accept-encoding': accept } })
    asked.on('error', reject)
    asked.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, bytes: Buffer.concat(chunks) }))
    })
    asked.end()
  })
}
