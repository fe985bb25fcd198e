/** A request has a deadline: whoever works on it is told, and the client is not left waiting. */

import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { limits } from '../../../src/base/limits.ts'
import type { Route } from '../../../src/api/http/route.ts'
import { openServer, signalled } from './open-server.ts'

const hasty = {
  ...limits,
  deadlineMs: 50,
  connectionsCheckMs: 10,
  drainNoticeMs: 20,
  drainUnseenMs: 0,
}

const codes = { GET: 'run.timeout', POST: 'run.outcome-unknown' } as const

for (const method of ['GET', 'POST'] as const) {
  const name = `a ${method} without an answer by its deadline gets ${codes[method]}, and its work is told to stop`
  test(name, t => letExpire(t, method))
}

async function letExpire(t: TestContext, method: 'GET' | 'POST'): Promise<void> {
  const reason = signalled<unknown>()
  const endless: Route = {
    method,
    path: '/endless',
    operation: 'endless',
    handle: ({ signal }) => {
      signal.addEventListener('abort', () => reason.resolve(signal.reason))
      return new Promise(() => {})
    },
  }
  const { port } = await openServer(t, { routes: [endless], limits: hasty })
  const answer = await fetch(`http://127.0.0.1:${port}/endless`, { method })
  assert.equal(answer.status, 503)
  assert.equal(answer.headers.get('retry-after'), '1')
  const { code } = (await answer.json()) as { code: string }
  assert.equal(code, codes[method])
  assert.equal(((await reason.promise) as { code: string }).code, 'run.timeout')
}
