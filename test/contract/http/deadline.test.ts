/** A request has a deadline: whoever works on it is told, and the client is not left waiting. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import type { Route } from '../../../src/api/http/route.ts'
import { openServer, signalled } from './open-server.ts'

const hasty = { ...limits, deadlineMs: 50, connectionsCheckMs: 10 }

test('a request that has no answer by its deadline gets one, and its work is told to stop', async t => {
  const reason = signalled<unknown>()
  const endless: Route = {
    method: 'GET',
    path: '/endless',
    operation: 'endless',
    handle: ({ signal }) => {
      signal.addEventListener('abort', () => reason.resolve(signal.reason))
      return new Promise(() => {})
    },
  }
  const { port } = await openServer(t, { routes: [endless], limits: hasty })
  const answer = await fetch(`http://127.0.0.1:${port}/endless`)
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '1')
  const { code } = (await answer.json()) as { code: string }
  assert.equal(code, 'run.timeout')
  assert.equal(((await reason.promise) as { code: string }).code, 'run.timeout')
})
