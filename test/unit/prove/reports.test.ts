/** The reports of a run: for a person, for programs, for CI. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Listed } from '../../../src/prove/catalogue.ts'
import { drill } from '../../../src/prove/drill.ts'
import { htmlReport } from '../../../src/prove/report/html.ts'
import { jsonReport } from '../../../src/prove/report/json.ts'
import { junitReport } from '../../../src/prove/report/junit.ts'
import { replayOf } from '../../../src/prove/report/replay.ts'
import { terminalReport } from '../../../src/prove/report/terminal.ts'
import type { Result } from '../../../src/prove/verdict.ts'

const passed: Result = {
  drill: 'kill-node',
  group: 'crash',
  promise: 'data.acid',
  claim: 'Nothing acknowledged is lost',
  broke: null,
  verdict: 'pass',
  reason: '',
  attack: '5 kills',
  size: 1_204,
  inFlight: 31,
  figures: {
    acked: 1_204,
    lost: 0,
    refused409: 3,
    recoveryMs: 310.55,
    p99Ms: 1_138,
    heldBytes: 60_514_304,
    synced: true,
    kinds: '',
    worstMs: Infinity,
  },
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

test('the line that runs a drill again says all that differs from what is usual', () => {
  const plain = { seed: 7, backend: 'backend.ts', nodes: '2', time: '20s' }
  assert.equal(replayOf('bola', plain), 'mettle prove bola --seed 7')
  const given = {
    seed: 7,
    backend: 'my shop/backend.ts',
    nodes: '3',
    time: '5s',
    drills: ['a.ts', 'b.ts'],
    url: 'https://shop.example',
    confirmHost: 'shop.example',
    controls: true,
  }
  assert.equal(
    replayOf('bola', given),
    "mettle prove bola --seed 7 --backend 'my shop/backend.ts' --nodes 3 --time 5s --controls --url https://shop.example --confirm-host shop.example --drills a.ts b.ts",
  )
})

test('JSON has the promised form and nothing else', () => {
  assert.deepEqual(JSON.parse(jsonReport(7, [failed], null)), {
    seed: 7,
    drills: [
      {
        drill: 'bola',
        promise: 'data.acid',
        verdict: 'fail',
        figures: { ...failed.figures, worstMs: 'never' },
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

test('a control is told by what is broken in it, and not by the claim that it breaks', () => {
  const control = { ...passed, broke: 'a lost write is acknowledged', reason: 'red: 3 were lost' }
  const facts = { seed: 7, name: 'shop', nodes: 2, controls: true, at: new Date(0) }
  for (const text of [
    printed(false, false, 100, [control]),
    htmlReport(facts, [control]),
    junitReport(7, [control]),
  ]) {
    assert.match(text, /Broken here: a lost write is acknowledged/)
    assert.doesNotMatch(text, /Nothing acknowledged/)
  }
})

function printed(live: boolean, colours: boolean, columns = 100, told = results): string {
  let text = ''
  const write = (part: string) => (text += part)
  const report = terminalReport(
    { write, live, colours, columns },
    { name: 'shop', seed: 7, drills: 3, controls: false },
  )
  report.preparing('starting PostgreSQL')
  for (const result of told) {
    report.begins(listed)
    report.progress('killing')
    report.ends(result)
  }
  report.finish(told)
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
  assert.match(text, /✔ {2}kill-node +Nothing acknowledged is lost\.\n/)
  assert.match(text, /5 kills; 31 in flight at the fault\n/)
  assert.match(
    text,
    /acked: 1,204 · lost: 0 · refused \(409\): 3 · recovery: 311 ms · p99: 1.1 s\n/,
  )
  assert.match(text, /\n +held: 60.5 MB · synced: yes · kinds: none · worst: never\n/)
  assert.match(text, /FAILED: 1 leak <of> "x"\?\n +2.5 s · again: mettle prove bola --seed 7\n/)
  assert.match(text, /· {2}oversell +not applicable: no number to take from/)
  assert.match(text, /1 of 2 passed, 1 failed, 1 does not apply, in .* ms\.\n {2}bola again: /)
})

test('colours take no room', () => {
  // oxlint-disable-next-line no-control-regex -- these are what is compared without
  const bare = printed(false, true).replaceAll(/\u001b\[\d+m/g, '')
  const untimed = (text: string) => text.replaceAll(/in [\d.]+ ms/g, '')
  assert.equal(untimed(bare), untimed(printed(false, false)))
})

test('lines fit the terminal, and stand under the name in a narrow one', () => {
  for (const columns of [40, 80, 200]) {
    const long = printed(false, false, columns).split('\n').slice(1)
    assert.ok(
      long
        .filter(line => !/mettle prove|^ +bola again/.test(line))
        .every(line => line.length <= columns),
      `${columns}`,
    )
  }
  assert.match(printed(false, false, 40), /✔ {2}kill-node\n {5}Nothing acknowledged is lost\.\n/)
})

test('a terminal is shown what goes on, in its own line', () => {
  const text = printed(true, true)
  assert.match(text, /▱ 1\/3 kill-node: killing, 0 s/)
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
  assert.match(page, /<dt>recovery<\/dt><dd>311 ms<\/dd>/)
  assert.match(page, /<code>mettle prove kill-node --seed 7<\/code>/)
  assert.equal(page.match(/<svg /g)?.length, 1)
  assert.equal(page.match(/class="done"/g)?.length, 2)
  assert.equal(page.match(/<rect class="failed"/g)?.length, 1)
  assert.match(page, /class="fault" x1="384.0"/)
})
