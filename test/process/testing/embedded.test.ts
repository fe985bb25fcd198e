/** The test kit where no server is given: test files share an embedded one; the last ends it. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { overhearing } from '../../support/answers/breaches.ts'
import { root } from '../../support/markdown.ts'

const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-kit-'))
chmodSync(folder, 0o755)
const home = join(folder, `mettle-testing-${userInfo().username}`, 'postgres')
after(() => {
  if (existsSync(home)) rmSync(realpathSync(home), { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

/** What this run of tests tells its own files. */
const ours = ['METTLE_TEST_DATABASE_URL', 'NODE_TEST_CONTEXT']
const files = ['checkout', 'access'].map(name => join(root, `examples/shop/${name}.test.ts`))

test('the tests of the shop pass on it, side by side, and leave no process', async () => {
  const inherited = Object.entries(process.env).filter(([name]) => !ours.includes(name))
  const env = { ...Object.fromEntries(inherited), TMPDIR: folder }
  const args = [
    '--conditions=mettle-source',
    overhearing(),
    '--test',
    '--test-concurrency=2',
    ...files,
  ]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [status] = await once(child, 'close')
  assert.equal(status, 0, said)
  assert.match(said, /pass 12/)
  const data = join(realpathSync(home), 'data')
  assert.ok(!existsSync(join(data, 'postmaster.pid')), 'its server still runs')
  assert.match(readFileSync(join(data, 'postgresql.auto.conf'), 'utf8'), /fsync = 'off'/)
})
