/** The reports of a run: for a person, for programs, for CI. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listed } from '../../../src/prove/catalogue.ts'
import { drill } from '../../../src/prove/drill.ts'
import { htmlReport } from '../../../src/prove/report/html.ts'
import { jsonReport } from '../../../src/prove/report/json.ts'
import { junitReport } from '../../../src/prove/report/junit.ts'
import { terminalReport } from '../../../src/prove/report/terminal.ts'
import type { Result } from '../../../src/prove/verdict.ts'

const passed: Result = {
  drill: 'kill-node',
  group: 'crash',
  promise: 'data.acid',
  claim: 'Nothing acknowledged is lost',
  verdict: 'pass',
  reason: '',
  attack: '5 kills',
  size: 1_204,
  inFlight: 31,
  figures: { acked: 1_204, lost: 0, recoveryMs: 310.55, synced: true },
  timeline: null,
  durationMs: 2_500,
  replay: 'mettle prove kill-node --seed 7',
}
const failed: Result = {
  ...passed,
  drill: 'bola',
  group: 'security',
  verdict: 'fail',
  reason: '1 leak <of> "x"\u0007',
  replay: 'mettle prove bola --seed 7',
}
const absent: Result = {
  ...passed,
  drill: 'oversell',
  verdict: 'not-applicable',
  reason: 'no number to take from',
  size: 0,
  figures: {},
}
const results = [passed, failed, absent]

test('JSON has the promised form and nothing else', () => {
  assert.deepEqual(JSON.parse(jsonReport(7, [failed])), {
    seed: 7,
    drills: [
      {
        drill: 'bola',
        promise: 'data.acid',
        verdict: 'fail',
        figures: failed.figures,
        reason: failed.reason,
      },
    ],
  })
})

test('JUnit counts and escapes', () => {
  const xml = junitReport(7, results)
  assert.match(xml, /tests="3" failures="1" errors="0" skipped="1" time="7.500"/)
  assert.match(xml, /<failure message="1 leak &lt;of&gt; &quot;x&quot;\?"\/>/)
  assert.match(xml, /<skipped message="no number to take from"\/>/)
  assert.match(xml, /classname="security"/)
})

function printed(live: boolean, colours: boolean): string {
  let text = ''
  const write = (part: string) => (text += part)
  const report = terminalReport(
    { write, live, colours, columns: 80 },
    { seed: 7, drills: 3, controls: false },
  )
  report.preparing('starting PostgreSQL')
  for (const result of results) {
    report.begins(listed)
    report.progress('killing')
    report.ends(result)
  }
  report.finish(results)
  return text
}

const listed: Listed = {
  drill: drill({
    id: 'kill-node',
    group: 'crash',
    promise: '',
    claim: '',
    needs: () => null,
    attack: async () => ({ attack: '', size: 0, inFlight: null, figures: {} }),
    judge: () => [],
  }),
  file: '',
  own: true,
}

test('a log has a line of evidence for each promise, and nothing that only a terminal understands', () => {
  const text = printed(false, false)
  // oxlint-disable-next-line no-control-regex -- none may be there
  assert.doesNotMatch(text, /[\r\u001b]/)
  assert.match(text, /✔ {2}kill-node +Nothing acknowledged is lost \(2.5 s\)/)
  assert.match(text, /5 kills; 31 in flight at the fault/)
  assert.match(text, /acked 1,204 · lost 0 · recovery 310.55 ms · synced yes/)
  assert.match(text, /not applicable: no number to take from/)
  assert.match(
    text,
    /1 of 2 passed, 1 failed, 1 do not apply\.\n {2}again: mettle prove bola --seed 7/,
  )
})

test('a terminal is shown what goes on, in its own line', () => {
  const text = printed(true, true)
  assert.match(text, /1\/3 kill-node: killing/)
  assert.ok(text.includes('\u001b[32m✔'))
  const lines = text.split('\n').map(line => line.slice(line.lastIndexOf('\r') + 1))
  assert.ok(!lines.some(line => line.includes('killing')), 'what is over is wiped')
})

test('the page needs nothing but itself, shows the evidence and escapes what it says', () => {
  const timeline = { stepMs: 50, done: [4, 2], failed: [0, 1], faultsMs: [60] }
  const facts = { seed: 7, name: 'shop', nodes: 2, controls: false, at: new Date(0) }
  const page = htmlReport(facts, [{ ...passed, timeline }, failed, absent])
  assert.doesNotMatch(page, /src=|href=|@import|url\(/)
  assert.match(page, /1 leak &lt;of&gt; &quot;x&quot;/)
  assert.match(page, /<dt>recovery<\/dt><dd>310.55 ms<\/dd>/)
  assert.match(page, /<code>mettle prove kill-node --seed 7<\/code>/)
  assert.equal(page.match(/<svg /g)?.length, 1)
  assert.equal(page.match(/class="done"/g)?.length, 2)
  assert.equal(page.match(/<rect class="failed"/g)?.length, 1)
  assert.match(page, /class="fault" x1="384.0"/)
})
