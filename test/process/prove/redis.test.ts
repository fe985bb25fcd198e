/** The drill that needs `redis-server`: with it, its control with it, and without it. */

import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lacksRedis, startRedis } from '../../../src/prove/redis.ts'
import { runMettle, userFolder } from '../../support/running.ts'
import { programPath } from '../../support/services.ts'

const folder = userFolder(
  { after },
  {
    'backend.ts': `
import { access, backend, field, resource } from 'mettle'
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: access.anyone, create: access.anyone },
})
export default backend('notes', { parts: { notes } })
`,
  },
)
const programs = join(folder, 'programs')
mkdirSync(programs)
symlinkSync(await programPath('redis-server'), join(programs, 'redis-server'))
const env = { PATH: `${programs}:${process.env['PATH']}` }

test('a quota in Redis is exact, and at most that of each node without it', async context => {
  const args = ['prove', 'rate-limit-redis', '--nodes', '1', '--json']
  const { status, output } = await runMettle(context, args, { folder, env })
  assert.equal(status, 0, output)
  const report = JSON.parse(output.slice(output.indexOf('{\n')))
  const { allowed, allowedAgain, countedAlone, off } = report.drills[0].figures
  assert.equal(off, '0 0 0 0')
  assert.ok(allowed >= 40 && allowedAgain >= 40 && countedAlone > 0, output)
})

test('nodes that count for themselves, though Redis is there, turn it red', async context => {
  const args = ['prove', 'rate-limit-redis', '--nodes', '1', '--controls']
  const { status, output } = await runMettle(context, args, { folder, env })
  assert.equal(status, 0, output)
  assert.match(output, /red, as it must be: not as many as the quota were let in: with Redis/)
})

test('a machine without redis-server is told so, and one that has it is not', () => {
  assert.equal(lacksRedis([programs]), null)
  const none = 'this machine has no redis-server on its PATH'
  assert.equal(lacksRedis([folder]), none)
  mkdirSync(join(folder, 'redis-server'))
  assert.equal(lacksRedis([folder]), none)
})

test('a Redis that has died is stopped without waiting', async () => {
  const held: ChildProcess[] = []
  const redis = await startRedis(child => held.push(child), [programs])
  const ended = once(held[0]!, 'exit')
  held[0]!.kill('SIGKILL')
  await ended
  await redis.stop()
})
