/** Every answer that tests receive is held to the OpenAPI document: one that it lacks is told. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { backend } from 'mettle'
import { startBackend } from '../../support/backend.ts'
import { ask } from '../../support/running.ts'

/** Answers beside the API where only described operations may. */
const liar = backend('liar', {
  parts: {},
  wire: (app: FastifyInstance) => {
    app.get('/api/v1/undescribed', () => ({}))
    app.get('/elsewhere', () => ({}))
  },
})

const { node, ...liars } = await startBackend(liar)
const told = /does not promise this answer to GET \/api\/v1\/undescribed: 200/

test('by the client of tests in process', async () => {
  await assert.rejects(liars.send('GET', '/undescribed'), told)
  assert.equal((await liars.send('GET', '//elsewhere')).status, 200)
})

test('by the client of tests with processes', async () => {
  const url = `http://127.0.0.1:${node.port}`
  await assert.rejects(ask(`${url}/api/v1/undescribed`), told)
  assert.equal((await ask(`${url}/elsewhere`)).status, 200)
})
