/**
 * Drills are able to fail: against a node with one broken stage they go red. Here a few of every
 * kind, because all of them take minutes; `mettle prove --controls` runs the others too.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runMettle, userFolder } from '../../support/running.ts'

const folder = userFolder({ after }, {})
const shop = join(import.meta.dirname, '../../../examples/shop/backend.ts')
const chosen = [
  'double-submit',
  'lost-update',
  'oversell',
  'crosstalk',
  'kill-node',
  'power-cut',
  'outbox-gap',
  'bola',
  'bfla',
  'jwt',
  'browser',
]

test(`the controls of ${chosen.join(', ')} are red on the shop`, async context => {
  const args = ['prove', ...chosen, '--controls', '--backend', shop, '--time', '4s', '--json']
  const { status, output } = await runMettle(context, args, { folder })
  assert.equal(status, 0, output)
  assert.match(output, /red, as it must be/)
  assert.doesNotMatch(output, /not applicable/)
})
