/** What is left of a rule for each kind of caller. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { access } from 'mettle'
import { anonymous, system, type Caller } from '../../../src/base/caller.ts'
import type { AnyRule } from '../../../src/declare/rule.ts'
import { residual, type Residual } from '../../../src/sql/residual.ts'

const { allOf, anyOf, anyone, nobody, not, owner, role, signedIn, through, where } = access

const user: Caller = { ...anonymous, kind: 'user', id: 'u' }
const staff: Caller = { ...user, roles: ['staff'] }

const mine = owner('author')
const open = where({ open: true })
const parent = through('parent')

const rows: readonly [
  name: string,
  rule: AnyRule,
  expected: Readonly<Record<'anonymous' | 'user' | 'staff', Residual>>,
][] = [
  ['anyone', anyone, { anonymous: true, user: true, staff: true }],
  ['nobody', nobody, { anonymous: false, user: false, staff: false }],
  ['signedIn', signedIn, { anonymous: false, user: true, staff: true }],
  ['role', role('staff'), { anonymous: false, user: false, staff: true }],
  ['not role', not(role('staff')), { anonymous: true, user: true, staff: false }],
  ['owner', mine, { anonymous: false, user: mine.node, staff: mine.node }],
  ['not owner', not(mine), { anonymous: true, user: not(mine).node, staff: not(mine).node }],
  ['through', parent, { anonymous: parent.node, user: parent.node, staff: parent.node }],
  ['where', open, { anonymous: open.node, user: open.node, staff: open.node }],
  ['where nothing', where({}), { anonymous: true, user: true, staff: true }],
  [
    'owner or staff',
    anyOf(mine, role('staff')),
    { anonymous: false, user: mine.node, staff: true },
  ],
  [
    'owner and staff',
    allOf(mine, role('staff')),
    { anonymous: false, user: false, staff: mine.node },
  ],
  [
    'owner or open',
    anyOf(mine, open, nobody),
    { anonymous: open.node, user: anyOf(mine, open).node, staff: anyOf(mine, open).node },
  ],
  [
    'signed in and (owner or open)',
    allOf(signedIn, anyOf(mine, open)),
    { anonymous: false, user: anyOf(mine, open).node, staff: anyOf(mine, open).node },
  ],
]

for (const [name, rule, expected] of rows) {
  test(`${name} for each caller`, () => {
    assert.deepEqual(residual(rule.node, anonymous), expected.anonymous)
    assert.deepEqual(residual(rule.node, user), expected.user)
    assert.deepEqual(residual(rule.node, staff), expected.staff)
    assert.equal(residual(rule.node, system), true)
  })
}

test('a role in the hands of somebody who did not sign in is none', () => {
  assert.equal(residual(role('staff').node, { ...anonymous, roles: ['staff'] }), false)
})
