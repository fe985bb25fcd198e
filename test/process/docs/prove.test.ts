/** The drill of docs/PROVE.md as it stands there: passes on the shop, and its control goes red. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readPage, root, section } from '../../support/markdown.ts'
import { runMettle, userFolder } from '../../support/running.ts'

const [own, control] = section(readPage('docs/PROVE.md'), '## A drill of your own').blocks
const folder = userFolder(
  { after },
  {
    'backend.ts': readFileSync(join(root, 'examples/shop/backend.ts'), 'utf8'),
    'drills/stock.ts': own!.text,
    'drills/backend-without-locks.ts': control!.text,
  },
)
const prove = ['prove', 'stock', '--drills', 'drills/stock.ts', '--nodes', '1', '--seed', '3']

test('the drill passes on the shop', async context => {
  const { status, output } = await runMettle(context, prove, { folder })
  assert.equal(status, 0, output)
  assert.match(output, /✔ {2}stock .*\n.* in flight at the fault\n +left: 0 · ordered: 10\n/)
})

test('its control goes red', async context => {
  const { status, output } = await runMettle(context, [...prove, '--controls'], { folder })
  assert.equal(status, 0, output)
  assert.match(output, /red, as it must be: \d+ are left and \d+ were ordered of 10\n/)
})
