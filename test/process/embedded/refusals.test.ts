/** What cannot work is said in words, with what to do next, and leaves nothing behind. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startEmbedded } from '../../../src/adapters/postgres/embedded/embedded.ts'
import { isRoot, makeFolderOf, scratchFolder, start, startChild } from './support.ts'

test('a folder that may not be written', async context => {
  const folder = scratchFolder(context)
  makeFolderOf(folder, 0o555, false)
  const child = startChild(context, folder, { ordinary: true })
  await assert.rejects(child.ready, /may not write to .*\.mettle[^]*folder of your own/)
  await child.ended
  assert.deepEqual(readdirSync(folder), [])
})

test('data of another user', async context => {
  const folder = scratchFolder(context)
  const server = await start(folder)
  await server.stop()
  // To an ordinary user the folder of root looks like this; to its owner only when it is closed.
  if (!isRoot) chmodSync(join(folder, '.mettle/postgres'), 0)
  const child = startChild(context, folder, { ordinary: true })
  await assert.rejects(child.ready, /may not write to[^]*Run as the user who made the folder/)
  if (!isRoot) chmodSync(join(folder, '.mettle/postgres'), 0o700)
})

/**
 * A tiny file system of its own, by root or in a user namespace; where neither is allowed, a limit
 * on file sizes.
 */
function smallDisk(folder: string): {
  readonly wrapper: readonly string[]
  readonly message: RegExp
} {
  const mount = `mount -t tmpfs -o size=8m,mode=755 tmpfs ${folder}`
  const attempts: readonly (readonly string[])[] = [
    ['unshare', '--mount', 'sh', '-c'],
    ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  ]
  for (const attempt of attempts) {
    if (!succeeds([...attempt, mount])) continue
    return { wrapper: [...attempt, `${mount} && exec "$@"`, 'sh'], message: /The disk is full/ }
  }
  return {
    wrapper: ['sh', '-c', 'ulimit -f 512 && exec "$@"', 'sh'],
    message: /limit on file sizes/,
  }
}

function succeeds([command = '', ...args]: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function refusedOnSmallDisk(context: TestContext, disk: ReturnType<typeof smallDisk>) {
  const folder = scratchFolder(context)
  const wrapper = disk.wrapper.map(word => word.replaceAll('FOLDER', folder))
  const child = startChild(context, folder, { wrapper })
  await assert.rejects(child.ready, disk.message)
  await child.ended
}

test('a full disk', context => refusedOnSmallDisk(context, smallDisk('FOLDER')))

test('a limit on file sizes', context =>
  refusedOnSmallDisk(context, {
    wrapper: ['sh', '-c', 'ulimit -f 512 && exec "$@"', 'sh'],
    message: /limit on file sizes[^]*Raise the limit/,
  }))

test('a folder of another version of PostgreSQL', async context => {
  const folder = scratchFolder(context)
  const server = await start(folder)
  await server.stop()
  writeFileSync(join(server.directory, 'PG_VERSION'), '17\n')
  await assert.rejects(start(folder), /made by another version of PostgreSQL[^]*delete the folder/)
})

test('a port that is taken', async context => {
  const folder = scratchFolder(context)
  const other = createServer()
  const port = await new Promise<number>(resolve => {
    other.listen(0, '127.0.0.1', () => {
      const address = other.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  context.after(() => other.close())
  const directory = join(folder, '.mettle')
  mkdirSync(directory)
  const refused = startEmbedded({ directory, port, observe: () => {} })
  await assert.rejects(refused, /port of the embedded PostgreSQL is taken[^]*End that program/)
})
