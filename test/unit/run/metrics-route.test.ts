/** Who may read `/metrics`. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpRequest } from '../../../src/api/http/route.ts'
import { metricsRoute } from '../../../src/run/metrics-route.ts'

const token = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'

interface Asker {
  readonly address: string
  readonly bearer?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function isAnswered(
  configured: string | null,
  asker: Asker,
  listed = false,
): Promise<boolean> {
  const route = metricsRoute(() => Promise.resolve('text'), { token: configured, listed })
  const request = {
    credentials: { address: asker.address, bearer: asker.bearer ?? null },
    header: (name: string) => asker.headers?.[name] ?? null,
  } as unknown as HttpRequest
  try {
    return (await route.handle(request)).status === 200
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'wire.not-found')
    return false
  }
}

test('without a token: this machine only, and no proxy on it', async () => {
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    assert.equal(await isAnswered(null, { address }), true, address)
  }
  assert.equal(await isAnswered(null, { address: '10.0.0.7' }), false)
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  assert.equal(await isAnswered(null, { address: '127.0.0.1', headers }), false)
})

test('with a token: whoever has it, from anywhere', async () => {
  assert.equal(await isAnswered(token, { address: '10.0.0.7', bearer: token }), true)
  assert.equal(await isAnswered(token, { address: '127.0.0.1' }), false)
  assert.equal(await isAnswered(token, { address: '127.0.0.1', bearer: `${token}x` }), false)
})

test('on a listener that admits a list only: whoever comes in, but a token is still asked for', async () => {
  assert.equal(await isAnswered(null, { address: '10.0.0.7' }, true), true)
  assert.equal(await isAnswered(token, { address: '10.0.0.7' }, true), false)
  assert.equal(await isAnswered(token, { address: '10.0.0.7', bearer: token }, true), true)
})
