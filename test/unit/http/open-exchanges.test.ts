/** Exchanges that come and go in any order. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenExchanges } from '../../../src/api/http/open-exchanges.ts'

interface Named {
  readonly name: string
  place: number
}

test('whoever leaves, the others stay', () => {
  const open = new OpenExchanges<Named>()
  const [first, second, third, fourth] = ['first', 'second', 'third', 'fourth'].map(name => {
    const member = { name, place: -1 }
    open.add(member)
    return member
  })
  const names = () => [...open].map(({ name }) => name).toSorted()
  open.remove(second!)
  assert.deepEqual(names(), ['first', 'fourth', 'third'])
  open.remove(fourth!)
  open.remove(first!)
  assert.deepEqual(names(), ['third'])
  open.add(second!)
  open.remove(third!)
  assert.deepEqual(names(), ['second'])
  open.remove(second!)
  assert.equal(open.size, 0)
})
