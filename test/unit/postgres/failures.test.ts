/** What PostgreSQL says, as the engine passes it on. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statementFailure } from '../../../src/adapters/postgres/failures.ts'

function refused(code: string, message: string): string {
  const detail = 'Failing row contains (ada@example.com).'
  const failure = Object.assign(new Error(message), { code, severity: 'ERROR', detail })
  const error = statementFailure(failure, true)
  assert.ok(!JSON.stringify(Object.entries(error)).includes('ada@'))
  assert.equal(error.cause, undefined)
  return error.message
}

test('messages about data come without the data', () => {
  const cases = [
    ['22P02', 'invalid input syntax for type integer: "ada@"example.com"', 'type integer: "…"'],
    ['22003', 'value "ada@example.com" is out of range for type integer', '"…" is out of range'],
    ['58P01', 'could not open file "ada@example.com"', 'open file "…"'],
    ['P0001', 'no "ada@example.com" here', 'no "…" here'],
  ] as const
  for (const [code, message, expected] of cases) {
    assert.ok(refused(code, message).includes(expected), message)
  }
})

test('messages about the schema name it', () => {
  const cases = [
    ['42P01', 'relation "notes" does not exist'],
    ['23505', 'duplicate key value violates unique constraint "notes_key"'],
  ] as const
  for (const [code, message] of cases) assert.equal(refused(code, message), message)
})
