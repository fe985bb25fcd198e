/** Log lines in the terminal of a developer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../../src/adapters/pino/logger.ts'

function say(record: (log: ReturnType<typeof createLog>) => void): string {
  let said = ''
  record(createLog({ level: 'debug', format: 'text', write: line => (said += line) }))
  return said
}

test('an unexpected error shows its stack line by line', () => {
  const error = new Error('no such shelf')
  const said = say(log => log.record({ kind: 'fault', requestId: 'r1', where: 'checkout', error }))
  assert.equal(said, `error unexpected error requestId=r1 where=checkout\n${error.stack}\n`)
})

test('what is not known is left out, and secrets stay out', () => {
  const error = Object.assign(new Error('refused'), { password: 'hunter2' })
  const said = say(log => log.record({ kind: 'fault', requestId: null, where: 'process', error }))
  assert.match(said, /^error unexpected error where=process\nError: refused\n +at /)
  assert.doesNotMatch(said, /hunter2|\[object|null/)
})
