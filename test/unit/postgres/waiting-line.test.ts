/** The line of callers who wait for a connection. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaitingLine } from '../../../src/adapters/postgres/waiting-line.ts'
import { DatabaseError } from '../../../src/ports/database.ts'

function wait(line: WaitingLine<string>, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => line.join(resolve, reject, signal))
}

const full = (error: unknown) => error instanceof DatabaseError && error.kind === 'full'

test('who came first is served first', async () => {
  const line = new WaitingLine<string>(5)
  const waits = [wait(line), wait(line)]
  assert.equal(line.length, 2)
  assert.ok(line.serve('one'))
  assert.ok(line.serve('two'))
  assert.ok(!line.serve('three'))
  assert.deepEqual(await Promise.all(waits), ['one', 'two'])
})

test('a full line turns away at once, and has room again when somebody leaves', async () => {
  const line = new WaitingLine<string>(1)
  const leaving = new AbortController()
  const first = wait(line, leaving.signal)
  await assert.rejects(wait(line), full)
  leaving.abort()
  await assert.rejects(first, full)
  const second = wait(line)
  assert.ok(line.serve('one'))
  assert.equal(await second, 'one')
})

test('who left is not served, who was served is not failed by a late signal', async () => {
  const line = new WaitingLine<string>(5)
  const gone = new AbortController()
  const late = new AbortController()
  const first = wait(line, gone.signal)
  const second = wait(line, late.signal)
  let calls = 0
  line.join(
    () => calls++,
    () => calls++,
    late.signal,
  )
  gone.abort()
  assert.ok(line.serve('one'))
  assert.ok(line.serve('two'))
  late.abort()
  assert.equal(calls, 1)
  await assert.rejects(first, full)
  assert.equal(await second, 'one')
  await assert.rejects(wait(line, late.signal), full)
  assert.equal(line.length, 0)
})

test('all fail together', async () => {
  const line = new WaitingLine<string>(5)
  const waits = [wait(line), wait(line)]
  line.failAll(new DatabaseError('unavailable', 'gone'))
  for (const each of waits) await assert.rejects(each, /gone/)
  assert.equal(line.length, 0)
})
