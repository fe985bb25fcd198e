/** Probes tell the truth while PostgreSQL is killed and comes back. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startEmbedded } from '../../../src/adapters/postgres/embedded/embedded.ts'
import { kill } from '../../support/clearance.ts'
import { ask, eventually, mettle, postgresPid, userFolder } from '../../support/running.ts'

const folder = userFolder(
  { after },
  {
    'backend.ts': `
import { access, backend, field, resource } from 'mettle'
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: access.anyone },
})
export default backend('notes', { parts: { notes } })
`,
  },
)

/** Of guests, none of whom brings it back: a server as an operator runs it. */
const postgres = () =>
  startEmbedded({ directory: `${folder}/.mettle`, use: 'guest', observe: () => {} })

test('ready falls with the database and comes back with it, live and startup stay', async context => {
  const server = await postgres()
  const running = mettle(context, ['dev'], { folder, env: { DATABASE_URL: server.url } })
  const url = await running.url
  const probe = (name: string) => ask(`${url}/health/${name}`)
  assert.deepEqual((await probe('ready')).json, {
    status: 'ok',
    checks: { accepting: true, database: true },
  })

  kill(postgresPid(folder)!, 'SIGKILL')
  const down = await eventually(
    () => probe('ready'),
    ({ status }) => status === 503,
  )
  assert.deepEqual(down.json, { status: 'failing', checks: { accepting: true, database: false } })
  assert.equal((await probe('live')).status, 200)
  assert.equal((await probe('startup')).status, 200)
  const refused = await ask(`${url}/api/v1/notes`)
  assert.equal(refused.status, 503)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  await server.stop()

  const again = await postgres()
  await eventually(
    () => probe('ready'),
    ({ status }) => status === 200,
  )
  assert.equal((await ask(`${url}/api/v1/notes`)).status, 200)
  await running.stop()
  await again.stop()
})
