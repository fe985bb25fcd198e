/** Kills: of node, of the server, and of both. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findPostmaster } from '../../../src/adapters/postgres/embedded/postmaster.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { ask, killServer, postmasterPid, scratchFolder, start, startChild } from './support.ts'

test('after a kill -9 of node the next start adopts the server that is still running', async context => {
  const folder = scratchFolder(context)
  const child = startChild(context, folder)
  const server = await child.ready
  await ask(server.url, 'create table kept as select 7 as value')
  const pid = postmasterPid(server.directory)
  child.process.kill('SIGKILL')
  await child.ended

  const adopted = await start(folder)
  assert.equal(adopted.adopted, true)
  assert.equal(adopted.url, server.url)
  assert.equal(postmasterPid(adopted.directory), pid)
  assert.deepEqual(await ask(adopted.url, 'select value from kept'), [{ value: 7 }])
  await adopted.stop()
})

test('after a kill -9 of the server its owner restarts it at the same address', async context => {
  const folder = scratchFolder(context)
  const restarted = Promise.withResolvers<void>()
  const seen: string[] = []
  const observe = (observation: Observation) => {
    if (observation.kind !== 'lifecycle') return
    seen.push(observation.event)
    if (observation.event === 'restarted') restarted.resolve()
  }
  const server = await start(folder, 'owner', observe)
  await ask(server.url, 'create table kept as select 7 as value')
  const pid = postmasterPid(server.directory)
  killServer(server.directory)
  await restarted.promise
  assert.deepEqual(seen, ['lost', 'restarted'])
  assert.notEqual(postmasterPid(server.directory), pid)
  assert.deepEqual(await ask(server.url, 'select value from kept'), [{ value: 7 }])
  await server.stop()
  assert.deepEqual(seen, ['lost', 'restarted'])
})

test('a backend that is killed takes the server through a recovery, not down', async context => {
  const folder = scratchFolder(context)
  const restarted = Promise.withResolvers<void>()
  const server = await start(folder, 'owner', observation => {
    if (observation.kind === 'lifecycle' && observation.event === 'restarted') restarted.resolve()
  })
  const pid = postmasterPid(server.directory)
  const [backend] = await ask(
    server.adminUrl,
    `select pid from pg_stat_activity where backend_type = 'walwriter'`,
  )
  process.kill(Number(backend?.['pid']), 'SIGKILL')
  await restarted.promise
  assert.equal(postmasterPid(server.directory), pid)
  assert.deepEqual(await ask(server.url, 'select 1 as one'), [{ one: 1 }])
  await server.stop()
})

test('after a kill -9 of node and server together nothing that was acknowledged is lost', async context => {
  const folder = scratchFolder(context)
  const child = startChild(context, folder)
  const server = await child.ready
  await ask(server.url, 'create table kept as select 7 as value')
  child.process.kill('SIGKILL')
  killServer(server.directory)
  await child.ended

  const again = await start(folder)
  assert.equal(again.adopted, false)
  assert.deepEqual(await ask(again.url, 'select value from kept'), [{ value: 7 }])
  await again.stop()
})

test('a pid file that names another program is not believed', async context => {
  const folder = scratchFolder(context)
  const first = await start(folder)
  const file = join(first.directory, 'postmaster.pid')
  const lines = readFileSync(file, 'utf8').split('\n')
  await first.stop()
  // PostgreSQL itself would take it for a server: it runs, and as the same user.
  const { uid, gid } = statSync(first.directory)
  const stranger = spawn('sleep', ['600'], { cwd: first.directory, uid, gid })
  context.after(() => stranger.kill())
  const now = String(Math.floor(Date.now() / 1000))
  writeFileSync(file, [String(stranger.pid), lines[1], now, ...lines.slice(3)].join('\n'))

  const again = await start(folder)
  assert.equal(again.adopted, false)
  assert.notEqual(postmasterPid(again.directory), stranger.pid)
  await again.stop()
})

test('a server is not spoken to before it listens', async context => {
  const server = await start(scratchFolder(context))
  const file = join(server.directory, 'postmaster.pid')
  const text = readFileSync(file, 'utf8')
  const pid = postmasterPid(server.directory)
  const port = Number(new URL(server.url).port)
  assert.deepEqual(findPostmaster(server.directory), { state: 'running', pid, port })
  writeFileSync(file, text.replace('ready   ', 'starting'))
  assert.deepEqual(findPostmaster(server.directory), { state: 'running', pid, port: null })
  writeFileSync(file, text)
  await server.stop()
})

test('a pid file that names a PostgreSQL of another folder is not believed', async context => {
  const [folder, other] = [scratchFolder(context), scratchFolder(context)]
  const foreign = await start(other)
  const first = await start(folder)
  await first.stop()
  const claimed = readFileSync(join(foreign.directory, 'postmaster.pid'))
  writeFileSync(join(first.directory, 'postmaster.pid'), claimed, { mode: 0o600 })

  const again = await start(folder)
  assert.equal(again.adopted, false)
  assert.notEqual(again.url, foreign.url)
  await Promise.all([again.stop(), foreign.stop()])
})

test('a PostgreSQL that started at another time than the pid file says is named, not used', async context => {
  const folder = scratchFolder(context)
  const child = startChild(context, folder)
  const server = await child.ready
  child.process.kill('SIGKILL')
  await child.ended
  const file = join(server.directory, 'postmaster.pid')
  const lines = readFileSync(file, 'utf8').split('\n')
  const forged = lines.with(2, String(Number(lines[2]) - 3600)).join('\n')
  writeFileSync(file, forged)
  await assert.rejects(
    start(folder),
    /not the one that postmaster\.pid there speaks of[^]*kill \d+/,
  )
})
