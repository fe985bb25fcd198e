/** Why a start is refused, in words for a person. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRefusal } from '../../../src/run/refusal.ts'

test('a wire without Fastify names the package, and no place in Mettle', () => {
  const error = new Error("Cannot find package 'fastify' imported from /app/fastify-mount.js")
  assert.equal(
    explainRefusal(error, 'backend.ts'),
    'The backend declares wire, which is a Fastify plugin: npm install fastify',
  )
})

test('a Redis without its client names the package', () => {
  const error = new Error("Cannot find package 'ioredis' imported from /app/buckets.js")
  assert.equal(
    explainRefusal(error, 'backend.ts'),
    'REDIS_URL is set, which takes a client: npm install ioredis',
  )
})

test('what nobody expected shows where it happened', () => {
  assert.match(explainRefusal(new Error('no idea'), 'backend.ts'), /^Error: no idea\n +at /)
})
