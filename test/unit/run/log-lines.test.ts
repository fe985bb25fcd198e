/** What a line of the log says, in which names, and what never stands in one. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogOptions } from '../../../src/adapters/pino/logger.ts'
import { createLog } from '../../../src/adapters/pino/logger.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import { everyObservation, requestId, traceId } from '../../support/observations.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- asserted by whoever looks
type Told = Record<string, any>

function tell(observations: readonly Observation[], options: Partial<LogOptions> = {}): Told[] {
  const told: Told[] = []
  const write = (line: string) => void told.push(JSON.parse(line))
  const log = createLog({ level: 'debug', format: 'json', write, ...options })
  for (const observation of observations) log.record(observation)
  return told
}

const { request } = everyObservation

/** Of ECS 8.11 (generated/csv/fields.csv): the fields that lines have, and their types. */
const ecsTypes: Readonly<Record<string, 'keyword' | 'keywords' | 'long' | 'date' | 'text'>> = {
  '@timestamp': 'date',
  message: 'text',
  'log.level': 'keyword',
  'ecs.version': 'keyword',
  'service.type': 'keyword',
  'process.pid': 'long',
  'event.kind': 'keyword',
  'event.category': 'keywords',
  'event.type': 'keywords',
  'event.action': 'keyword',
  'event.code': 'keyword',
  'event.duration': 'long',
  'event.outcome': 'keyword',
  'event.reason': 'keyword',
  'http.request.id': 'keyword',
  'http.request.method': 'keyword',
  'http.response.status_code': 'long',
  'trace.id': 'keyword',
  'user.id': 'keyword',
  'error.type': 'keyword',
  'error.message': 'text',
  'error.code': 'keyword',
  'error.stack_trace': 'text',
  // keys and keywords of our own
  'labels.surface': 'keyword',
  'labels.api_key': 'keyword',
  'labels.attempts': 'keyword',
  'labels.part': 'keyword',
}

const isOfType = {
  keyword: (value: unknown) => typeof value === 'string' && value.length <= 1_024,
  keywords: (value: unknown) => Array.isArray(value) && value.every(one => typeof one === 'string'),
  long: (value: unknown) => Number.isSafeInteger(value),
  date: (value: unknown) => new Date(String(value)).toISOString() === value,
  text: (value: unknown) => typeof value === 'string',
}

/** The types that the schema expects in each category that lines have. */
const ecsEventTypes: Readonly<Record<string, readonly string[]>> = {
  web: ['access', 'error', 'info'],
  database: ['access', 'change', 'error', 'info'],
  process: ['access', 'change', 'end', 'info', 'start'],
}

test('lines in ECS have only fields of the schema, of its types and with its values', () => {
  const missing = { ...request, status: 404, code: 'run.not-found' }
  const told = tell([...Object.values(everyObservation), missing], { format: 'ecs' })
  assert.equal(told.length, 6)
  const seen = new Set(told.flatMap(line => Object.keys(line)))
  assert.deepEqual(
    [...seen].filter(name => !Object.hasOwn(ecsTypes, name)),
    [],
  )
  // an error of the engine has a code only where PostgreSQL gave one
  assert.deepEqual(
    Object.keys(ecsTypes).filter(name => !seen.has(name)),
    ['error.code'],
  )
  for (const line of told) {
    for (const [name, value] of Object.entries(line)) {
      assert.ok(isOfType[ecsTypes[name]!](value), `${name}: ${String(value)}`)
    }
    const [[category], [type]] = [line['event.category'], line['event.type']]
    assert.equal(line['event.kind'], 'event')
    assert.ok(ecsEventTypes[category]?.includes(type), `${category} ${type}`)
    assert.match(String(line['event.outcome'] ?? 'unknown'), /^(success|failure|unknown)$/)
  }
})

test('a request in ECS', () => {
  const [line = {}] = tell([{ ...request, status: 404, code: 'run.not-found' }], { format: 'ecs' })
  const { '@timestamp': time, 'process.pid': pid, ...rest } = line
  assert.ok(time !== undefined && pid === process.pid)
  assert.deepEqual(rest, {
    'log.level': 'info',
    'ecs.version': '8.11.0',
    'service.type': 'mettle',
    'event.kind': 'event',
    'event.category': ['web'],
    'event.type': ['access'],
    'http.request.id': requestId,
    'trace.id': traceId,
    'labels.surface': 'rest',
    'http.request.method': 'GET',
    'event.action': 'notes.read',
    'http.response.status_code': 404,
    'event.outcome': 'failure',
    'event.code': 'run.not-found',
    'event.duration': 1_500_000,
    'user.id': 'ada',
    'labels.api_key': request.apiKey,
    message: 'request refused',
  })
})

test('a request in JSON', () => {
  const [line = {}] = tell([request])
  const { time, ...rest } = line
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/)
  const { kind: _, ...facts } = request
  assert.deepEqual(rest, { level: 20, ...facts, msg: 'request' })
})

test('the level of a line is that of what happened, and levels below are not told', () => {
  const levels = [200, 404, 500].map(status => tell([{ ...request, status }])[0]?.['level'])
  assert.deepEqual(levels, [20, 30, 50])
  assert.equal(tell([{ ...request, durationMs: 1_001 }])[0]?.['level'], 40)
  assert.deepEqual(tell([{ ...request, status: 404 }], { level: 'warn' }), [])
  assert.deepEqual(tell(Object.values(everyObservation), { level: 'silent' }), [])
})

const canary = 'c4n4ry-9f27'

/** As drivers and HTTP clients do: what was sent hangs on the error. */
function laden(): Error {
  const detail = `Key (email)=(${canary}) already exists.`
  const config = { headers: { authorization: canary }, data: canary }
  const members = {
    detail,
    config,
    parameters: [canary],
    values: [canary],
    [canary]: 1,
    code: 'E_1',
  }
  return Object.assign(new Error('refused'), members)
}

const wordings = [
  `connect to postgres://ada:${canary}@db:5432/shop failed`,
  `GET https://api.example/pay?card=${canary}&x=1 failed`,
  `sent Authorization: Bearer ${canary}`,
  `sent Basic ${canary}`,
  `{"password":"${canary}","token": '${canary}'}`,
  `client_secret=${canary}&a=b`,
  `set-cookie: ${canary}; Path=/`,
  `x-api-key: ${canary}`,
  `the key mtl_${canary}${canary} is old`,
  `sent on as q%3Dmtl_${canary}${canary}`,
  `sent on as q%3DeyJhbGciOiJIUzI1NiJ9.eyJ${canary.replaceAll('-', '')}.${canary}`,
  `the token eyJhbGciOiJIUzI1NiJ9.eyJ${canary.replaceAll('-', '')}.${canary} is old`,
  `the setting ${canary}-setting is wrong, and ${encodeURIComponent(`${canary}/setting`)} too`,
]

for (const format of ['json', 'ecs', 'text'] as const) {
  test(`${format}: of errors come their message and place, never what hangs on them`, () => {
    const error = new AggregateError([laden()], 'all refused', {
      cause: new Error('outer', { cause: laden() }),
    })
    const errors = [
      laden(),
      error,
      { password: canary },
      laden,
      ...wordings.map(text => new Error(text)),
    ]
    let said = ''
    const log = createLog({
      level: 'debug',
      format,
      secrets: [`${canary}-setting`, `${canary}/setting`, ''],
      write: line => void (said += line),
    })
    for (const fault of errors) {
      log.record({ kind: 'fault', requestId, traceId, where: 'pay', error: fault })
    }
    for (const detail of wordings) {
      log.record({ kind: 'lifecycle', part: 'database', event: 'connect-failed', detail })
    }
    assert.doesNotMatch(said, new RegExp(canary.replaceAll('-', '-?')))
    assert.match(said, /all refused/)
    assert.match(said, /log-lines\.test\.ts/)
    assert.match(said, /\[redacted\]/)
  })
}

test('what names things stays: codes, tables, constraints, causes', () => {
  const details = { sqlState: '42P01', table: 'notes', constraint: 'notes_key' }
  const cause = new DatabaseError('refused', 'relation "notes" does not exist', details)
  const error = new TypeError('no answer', { cause })
  const [line = {}] = tell([{ ...everyObservation.fault, error }])
  const { stack, ...told } = line['err']
  assert.deepEqual(told, { type: 'TypeError', message: 'no answer' })
  const head = 'relation "notes" does not exist (sqlState 42P01, kind refused, constraint notes_key'
  assert.match(String(stack), /^TypeError: no answer\n +at /)
  assert.ok(String(stack).includes(`\nCaused by: DatabaseError: ${head}, table notes)\n    at `))
  const [ecs = {}] = tell([{ ...everyObservation.fault, error: cause }], { format: 'ecs' })
  assert.equal(ecs['error.code'], '42P01')
})
