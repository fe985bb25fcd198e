/** Every drill is able to fail: against a node with one broken stage, each goes red. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runMettle, userFolder } from '../../support/running.ts'

const folder = userFolder({ after }, {})
const shop = join(import.meta.dirname, '../../../examples/shop/backend.ts')

test('every control is red on the shop', async context => {
  const args = ['prove', '--controls', '--backend', shop, '--time', '4s', '--json']
  const { status, output } = await runMettle(context, args, { folder })
  assert.equal(status, 0, output)
  assert.match(output, /red, as it must be/)
  assert.doesNotMatch(output, /not applicable/)
})
