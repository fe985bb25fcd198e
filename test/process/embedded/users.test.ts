/** One owner, any number of guests, and who turns off the light. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, scratchFolder, start, startChild } from './support.ts'

const isUp = (data: string) => existsSync(join(data, 'postmaster.pid'))

test('a second owner is told who the first is and what to do', async context => {
  const folder = scratchFolder(context)
  const child = startChild(context, folder)
  const server = await child.ready
  await assert.rejects(
    start(folder),
    new RegExp(`already runs on .*process ${child.process.pid}[^]*Stop it, or run this one`),
  )
  assert.deepEqual(await ask(server.url, 'select 1 as one'), [{ one: 1 }])
  await child.stop()
  const next = await start(folder)
  await next.stop()
})

test('guests use the server of an owner; the last to leave stops it', async context => {
  const folder = scratchFolder(context)
  const owner = await start(folder)
  const guests = [await start(folder, 'guest'), await start(folder, 'guest')]
  assert.deepEqual(
    guests.map(guest => guest.adopted),
    [true, true],
  )
  await guests[0]?.stop()
  assert.ok(isUp(owner.directory))
  await owner.stop()
  assert.ok(isUp(owner.directory))
  assert.deepEqual(await ask(owner.url, 'select 1 as one'), [{ one: 1 }])
  await guests[1]?.stop()
  assert.ok(!isUp(owner.directory))
})

test('starts at the same moment make one server between them', async context => {
  const folder = scratchFolder(context)
  const children = [1, 2, 3].map(() => startChild(context, folder, { use: 'guest' }))
  const servers = await Promise.all(children.map(child => child.ready))
  assert.equal(new Set(servers.map(server => server.url)).size, 1)
  assert.equal(servers.filter(server => !server.adopted).length, 1)
  await Promise.all(children.map(child => child.stop()))
  assert.ok(!isUp(servers[0]?.directory ?? ''))
})
