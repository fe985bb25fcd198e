/** Programs from outside are had on any Debian, by any user, by many test files at once. */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { launcherOf, obtain } from '../../../tools/services/obtain.ts'
import { runProgram } from '../../../tools/services/run-program.ts'
import { programPath, startRedis } from '../../support/services.ts'

/** Of a few kilobytes, under a name that no machine has on its PATH. */
const small = { name: 'mettle-hello', package: 'hello', path: 'usr/bin/hello' }

const folder = mkdtempSync(join(tmpdir(), 'mettle-services-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

test('who asks at the same time gets the same program, unpacked once', async () => {
  const paths = await Promise.all([obtain(small, folder), obtain(small, folder)])
  const launcher = launcherOf(small, folder)
  assert.deepEqual(paths, [launcher, launcher])
  const { status, output } = await runProgram([launcher, '--greeting=here'])
  assert.deepEqual([status, output], [0, 'here\n'])
})

test('what was damaged since is unpacked again', async () => {
  const unpacked = join(folder, small.package, small.path)
  rmSync(unpacked)
  await obtain(small, folder)
  assert.ok(existsSync(unpacked))
})

test('what is on PATH already is taken from there', async () => {
  const path = await obtain({ ...small, name: 'sh' }, join(folder, 'untouched'))
  assert.match(path, /^\/.*\/sh$/)
  assert.ok(!existsSync(join(folder, 'untouched')))
})

test('what cannot be had fails and says what to do', async () => {
  const missing = { name: 'mettle-none', package: 'mettle-no-such-package', path: 'none' }
  await assert.rejects(obtain(missing, folder), {
    message:
      /mettle-none, which is not on PATH.*Unable to locate package mettle-no-such-package.*apt-get install -y --no-install-recommends mettle-no-such-package/s,
  })
})

for (const name of ['promtool', 'chromium'] as const) {
  test(`${name} runs`, async () => {
    const { status, output } = await runProgram([await programPath(name), '--version'])
    assert.equal(status, 0, output)
  })
}

test('a Redis of its own answers, stops, and starts empty at the same address', async t => {
  const redis = await startRedis(t)
  assert.equal(await say(redis.url, 'SET greeting hello'), '+OK')
  redis.pause()
  const late = say(redis.url, 'GET greeting')
  redis.resume()
  assert.equal(await late, '$5')
  await redis.stop()
  await assert.rejects(say(redis.url, 'PING'), { code: 'ECONNREFUSED' })
  await redis.start()
  assert.equal(await say(redis.url, 'GET greeting'), '$-1')
})

/** The first line of what a Redis answers. */
async function say(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${command}\r\n`)
  const [answer]: unknown[] = await once(socket, 'data')
  socket.destroy()
  return String(answer).split('\r\n')[0]!
}
