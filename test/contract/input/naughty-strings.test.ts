/** The big list of naughty strings through the API: each comes back unchanged or is refused. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem, type Json, startBackend } from '../../support/backend.ts'
import { naughtyStrings } from '../../support/naughty-strings.ts'
import { kinds, kindsPeople } from './kinds.ts'

const house = await startBackend(kinds, kindsPeople)
const as = 'ada'

/** What a text field cannot hold. */
const refused = (text: string) => text.includes('\0') || !text.isWellFormed()
const kept = naughtyStrings.filter(text => !refused(text))
const idOf = new Map<string, string>()

test('each is created and read as it was given, or refused at its place', async () => {
  const replies = await Promise.all(
    naughtyStrings.map(text =>
      house.send('POST', '/things', {
        as,
        body: { text, document: { [text]: [text] }, words: [text.slice(0, 10).toWellFormed()] },
      }),
    ),
  )
  for (const [at, reply] of replies.entries()) {
    const text = naughtyStrings[at]!
    if (refused(text)) {
      assertProblem(reply, [400, 422])
      continue
    }
    assert.equal(reply.status, 201, `${JSON.stringify(text)}: ${reply.text}`)
    assert.equal(reply.json.text, text)
    assert.deepEqual(reply.json.document, { [text]: [text] })
    const read = await house.send('GET', `/things/${reply.json.id}`, { as })
    assert.equal(read.text, reply.text)
    idOf.set(text, reply.json.id)
  }
  assert.ok(idOf.size > 400)
})

for (const operator of ['eq', 'contains', 'startsWith'] as const) {
  test(`each is found by ${operator}`, async () => {
    for (const text of kept) {
      const name = operator === 'eq' ? 'text' : `text[${operator}]`
      const query = `${name}=${encodeURIComponent(text)}&limit=100&fields=id,text`
      const reply = await house.send('GET', `/things?${query}`, { as })
      assert.equal(reply.status, 200, `${JSON.stringify(text)}: ${reply.text}`)
      const found: readonly string[] = reply.json.data.map((row: Json) => row.text)
      const matches = { eq: same, contains: has, startsWith: begins }[operator]
      const expected = kept.filter(each => matches(each, text))
      assert.equal(found.length, Math.min(expected.length, 100), JSON.stringify(text))
      for (const each of found) assert.ok(matches(each, text), JSON.stringify([each, text]))
    }
  })
}

const same = (text: string, wanted: string) => text === wanted
const has = (text: string, wanted: string) => text.includes(wanted)
const begins = (text: string, wanted: string) => text.startsWith(wanted)

test('all are listed, page by page', async () => {
  const listed: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const after = next === '' ? '' : `&after=${next}`
    const page: Json = (await house.send('GET', `/things?limit=100${after}`, { as })).json
    listed.push(...page.data.map((row: Json) => row.text))
    next = page.next
  }
  assert.deepEqual(listed.toSorted(), [...kept].toSorted())
})

test('each changes a row, through a patch, a command, a hook and a query', async () => {
  const { json } = await house.send('POST', '/hooked', { as, body: {} })
  for (const text of kept) {
    const body = { text, document: { v: text } }
    const patched = await house.send('PATCH', `/hooked/${json.id}`, { as, body })
    assert.deepEqual(
      [patched.status, patched.json.text, patched.json.document.v],
      [200, text, text],
    )
    const done = await house.send('POST', '/keep', { as, body: { text } })
    assert.equal(done.status, 200, done.text)
    const asked = await house.send('GET', `/ask?text=${encodeURIComponent(text)}`, { as })
    assert.equal(asked.status, 200, asked.text)
    assert.ok(asked.json.data.some((row: Json) => row.id === done.json.id && row.text === text))
  }
})

test('each is a name that no field, parameter, operator, id or path has', async () => {
  const before = await house.counts()
  for (const text of naughtyStrings) {
    const word = encodeURIComponent(text.toWellFormed())
    if (text !== '') {
      const body = { [text]: 1 }
      assertProblem(await house.send('POST', '/things', { as, body }), [400, 422])
    }
    const targets = [
      `/things?${word}=1`,
      `/things?text[${word}]=1`,
      `/things?sort=${word}`,
      `/things?fields=${word}`,
      `/things?expand=${word}`,
      `/things?after=${word}`,
      `/things?limit=${/^0*(?:[1-9]\d?|100)$/.test(word) ? 'x' : word}`,
      `/ask?${word}=1`,
    ]
    for (const target of targets) {
      const reply = await house.send('GET', target, { as })
      assertProblem(reply, [400, 422])
    }
    const path = await house.send('GET', `/things/${word === '' ? 'x' : word}`, { as })
    assertProblem(path, [400, 404, 422])
    const headers = {
      'if-match': Buffer.from(text)
        .toString('latin1')
        .replaceAll(/[^ -~\t]/g, '?'),
    }
    const matched = await house.send('DELETE', `/things/${[...idOf.values()][0]}`, { as, headers })
    assertProblem(matched, [400, 412])
  }
  assert.deepEqual(await house.counts(), before)
})
