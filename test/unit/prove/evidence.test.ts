/** The ledger, and what counts as evidence. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drill, type Evidence } from '../../../src/prove/drill.ts'
import { quantileMs } from '../../../src/prove/latency.ts'
import { type Entry, Ledger, outcomeOf } from '../../../src/prove/ledger.ts'
import { timelineOf } from '../../../src/prove/timeline.ts'
import { isProved, judge, judgeControl, notApplicable } from '../../../src/prove/verdict.ts'

function entry(sentMs: number, endedMs: number, outcome: Entry['outcome'] = 'ok'): Entry {
  const status = outcome === 'ok' ? 200 : 503
  return {
    client: 0,
    about: 'a',
    trace: 't',
    sentMs,
    endedMs,
    outcome,
    status,
    code: null,
    id: null,
    retryAfter: false,
  }
}

const lossless = drill({
  id: 'lossless',
  group: 'crash',
  promise: 'data.acid',
  claim: 'Nothing is lost',
  needs: () => null,
  attack: async () => evidence({ lost: 0 }),
  judge: ({ lost }) => (lost === 0 ? [] : [`${lost} lost`]),
})

function evidence(
  figures: { readonly lost: number },
  seen: Partial<Evidence> = {},
): Evidence<{ readonly lost: number }> {
  return { attack: 'writes', size: 10, inFlight: 3, ...seen, figures }
}

test('an answer says done, not done, or nothing', () => {
  const cases = [
    [200, null, 'ok'],
    [304, null, 'ok'],
    [409, 'run.conflict', 'failed'],
    [503, 'run.unavailable', 'failed'],
    [503, 'run.outcome-unknown', 'unknown'],
    [500, 'fault', 'unknown'],
    [null, 'ECONNREFUSED', 'failed'],
    [null, 'ECONNRESET', 'unknown'],
  ] as const
  for (const [status, code, outcome] of cases) assert.equal(outcomeOf(status, code), outcome)
})

test('the ledger knows what was under way, and when it went on', () => {
  const ledger = new Ledger()
  ledger.add([entry(0, 10), entry(5, 30), entry(8, 40, 'unknown'), entry(20, 25), entry(12, 90)])
  assert.equal(ledger.inFlightAt(9), 3)
  assert.equal(ledger.inFlightAt(95), 0)
  assert.equal(ledger.inFlightAt(11, 15), 3)
  assert.equal(ledger.recoveryMs(11), 14)
  assert.equal(ledger.recoveryMs(50), null)
  assert.deepEqual(ledger.statuses(), { 200: 4, 503: 1 })
})

test('a timeline counts by the time of the answer and marks the faults', () => {
  const line = timelineOf([entry(1_000, 1_010), entry(1_000, 1_060, 'failed')], [1_030])
  assert.deepEqual(line, { stepMs: 50, done: [1, 0], failed: [0, 1], faultsMs: [30] })
})

test('evidence passes, fails, or is none', () => {
  assert.equal(judge(lossless, evidence({ lost: 0 })).verdict, 'pass')
  assert.equal(judge(lossless, evidence({ lost: 2 })).reason, '2 lost')
  assert.equal(judge(lossless, evidence({ lost: 0 }, { size: 0 })).verdict, 'error')
  assert.equal(judge(lossless, evidence({ lost: 0 }, { inFlight: 0 })).verdict, 'error')
  assert.equal(judge(lossless, evidence({ lost: 0 }, { inFlight: null })).verdict, 'pass')
})

test('a control passes only when the drill failed', () => {
  const verdictOf = (lost: number, size: number) =>
    judgeControl(judge(lossless, evidence({ lost }, { size }))).verdict
  assert.equal(verdictOf(1, 10), 'pass')
  assert.equal(verdictOf(0, 10), 'fail')
  assert.equal(verdictOf(1, 0), 'error')
})

const named = {
  drill: 'a',
  group: 'b',
  promise: 'c',
  claim: 'd',
  broke: null,
  durationMs: 1,
  replay: '',
}

test('a run is proved when something applied and all of that passed', () => {
  const result = (verdict: 'pass' | 'fail' | 'error') => ({
    ...named,
    ...judge(lossless, evidence({ lost: 0 })),
    verdict,
  })
  const none = { ...result('pass'), ...notApplicable('no rows') }
  assert.ok(isProved([result('pass'), none]))
  assert.ok(!isProved([none]))
  assert.ok(!isProved([]))
  assert.ok(!isProved([result('pass'), result('error')]))
  assert.ok(!isProved([result('pass'), result('fail')]))
})

test('the id of a drill is its file name', () => {
  assert.throws(() => drill({ ...lossless, id: 'No Name' }), /kebab-case/)
})

test('of the times of answers, so many are not above the quantile', () => {
  const entries = Array.from({ length: 100 }, (_, at) => entry(0, at + 1))
  assert.equal(quantileMs(entries, 0.99), 99)
  assert.equal(quantileMs(entries, 1), 100)
  assert.equal(quantileMs(entries.slice(0, 1), 0.99), 1)
  assert.equal(quantileMs([], 0.99), 0)
})
