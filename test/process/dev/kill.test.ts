/** Kills while `mettle dev` runs: of a worker, of PostgreSQL, of the supervisor. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isAlive, kill } from '../../support/clearance.ts'
import { scratchDatabase } from '../../support/database.ts'
import {
  ask,
  eventually,
  mettle,
  postgresPid,
  runMettle,
  save,
  userFolder,
} from '../../support/running.ts'

const secret = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'

const folder = userFolder(
  { after },
  {
    'backend.ts': `
import { access, backend, command, field, resource } from 'mettle'

const { anyone } = access
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: anyone, create: anyone },
})
const worker = command('worker', {
  input: { waitMs: field.integer({ default: 0 }) },
  output: { pid: field.integer() },
  access: anyone,
  uses: {},
  async run({ input }) {
    if (input.waitMs > 0) console.log('waiting')
    await new Promise(resolve => setTimeout(resolve, input.waitMs))
    return { pid: process.pid }
  },
})

export default backend('notes', { parts: { notes, worker } })
`,
  },
)

const workerOf = async (url: string, waitMs = 0): Promise<number> =>
  (await ask(`${url}/api/v1/worker`, { body: { waitMs } })).json.pid

test('a worker that is killed is followed by another', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const pid = await workerOf(url)
  kill(pid, 'SIGKILL')
  await running.until(/A worker ended unexpectedly \(SIGKILL\); another starts in 250 ms/)
  const next = await eventually(
    () => workerOf(url).catch(() => pid),
    answer => answer !== pid,
  )
  kill(next, 'SIGKILL')
  await running.until(/another starts in 500 ms/)
  await eventually(
    () => workerOf(url).catch(() => next),
    answer => answer !== next,
  )
  await running.stop()
})

test('a worker that cannot come back at once is tried again, whatever is wrong', async context => {
  const good = readFileSync(join(folder, 'backend.ts'), 'utf8')
  const env = { DATABASE_URL: await scratchDatabase(), METTLE_SECRET: secret, HOST: '127.0.0.1' }
  const migrated = await runMettle(context, ['migrate', 'apply'], { folder, env })
  assert.equal(migrated.status, 0, migrated.output)
  const running = mettle(context, ['start'], { folder, env })
  const url = await running.url
  const pid = await workerOf(url)
  save(folder, { 'backend.ts': 'export default 7' })
  kill(pid, 'SIGKILL')
  await running.until(/no default export[^]*Trying again/)
  save(folder, { 'backend.ts': good })
  await eventually(
    () => workerOf(url).catch(() => pid),
    answer => answer !== pid,
  )
  assert.equal(await running.stop(), 0)
})

test('after a kill -9 of PostgreSQL the same workers go on with what was acknowledged', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const pid = await workerOf(url)
  const { json: note } = await ask(`${url}/api/v1/notes`, { body: { text: 'kept' } })
  kill(postgresPid(folder)!, 'SIGKILL')
  await running.until(/embedded PostgreSQL restarted/)
  const answer = await eventually(
    () => ask(`${url}/api/v1/notes/${note.id}`),
    ({ status }) => status === 200,
  )
  assert.equal(answer.json.text, 'kept')
  assert.equal(await workerOf(url), pid)
  await running.stop()
})

test('after a kill -9 of the supervisor its workers finish and end, and the next start adopts PostgreSQL', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const pid = await workerOf(url)
  const postgres = postgresPid(folder)
  const asked = workerOf(url, 500)
  await running.until(/waiting/)
  kill(running.pid, 'SIGKILL')
  assert.equal(await asked, pid)
  await eventually(
    async () => isAlive(pid),
    alive => !alive,
  )
  assert.equal(postgresPid(folder), postgres)

  const next = mettle(context, ['dev'], { folder })
  assert.notEqual(await workerOf(await next.url), pid)
  assert.equal(postgresPid(folder), postgres)
  await next.stop()
  assert.equal(postgresPid(folder), null)
})
