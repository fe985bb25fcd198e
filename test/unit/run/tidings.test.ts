/** What is told of workers: everything once, and what goes on briefly. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { tidings } from '../../../src/run/tidings.ts'

const summary = {
  name: 'shop',
  resources: [],
  openResource: null,
  commands: [],
  queries: [],
  accounts: [],
  notes: ['a note'],
}

function listen(mode: 'development' | 'production' = 'development') {
  const said: string[] = []
  const failures: string[] = []
  const told = tidings({
    print: text => said.push(stripVTControlCharacters(text)),
    fail: message => failures.push(message),
    facts: {
      url: 'http://localhost:1',
      docs: 'on',
      service: { health: '', metrics: '' },
      mode,
      embedded: null,
      workers: 1,
      types: null,
    },
    elapsedMs: () => 12.3,
  })
  return { told, said, failures }
}

const mistake = { message: 'A mistake:\n  here', bySaving: true }

test('a refusal that stands is told again in one line, and in full after it was mended', () => {
  const { told, said } = listen()
  told.refused(mistake, 'serving')
  told.refused(mistake, 'serving')
  told.ready(summary, false)
  told.refused(mistake, 'serving')
  const whole = 'A mistake:\n  here\nThe version before goes on serving.'
  assert.deepEqual(said, [whole, 'Still refused: A mistake:', 'shop was reloaded; a note', whole])
})

test('what is tried again by itself is told once', () => {
  const { told, said } = listen()
  for (let count = 0; count < 3; count++) told.refused(mistake, 'retrying')
  assert.deepEqual(said, ['A mistake:\n  here\nTrying again …'])
})

test('who waits for a person says so, and does not count the time', () => {
  const { told, said } = listen()
  told.held('Apply them with: mettle migrate apply', 'nothing')
  told.ready(summary, true)
  assert.match(said[0]!, /^Apply them .*\nWaiting until that is done, or a source file is saved\.$/)
  assert.match(said[1]!, /^shop is ready at http:\/\/localhost:1\n/)
})

test('a start without waiting tells how long it took', () => {
  const { told, said } = listen()
  told.ready(summary, true)
  assert.match(said[0]!, /^shop is ready at http:\/\/localhost:1 \(12 ms\)\n/)
})

test('nothing is waited for where no save can help', () => {
  const production = listen('production')
  production.told.refused(mistake, 'nothing')
  const taken = listen()
  taken.told.refused({ message: 'Port 1 is taken', bySaving: false }, 'nothing')
  assert.deepEqual([production.said, production.failures], [[], [mistake.message]])
  assert.deepEqual([taken.said, taken.failures], [[], ['Port 1 is taken']])
})
