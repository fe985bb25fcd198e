/** `mettle api-key`: a program of a server comes in with a key that an operator made. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { limits } from '../../../src/base/limits.ts'
import { scratchDatabase } from '../../support/database.ts'
import { root } from '../../support/markdown.ts'
import { eventually, mettle, runMettle, userFolder } from '../../support/running.ts'

const backend = `
import { access, backend, field, identity, resource } from 'mettle'

const users = identity({ fields: {}, signUp: 'closed', roles: ['staff'] })
const notes = resource('notes', {
  fields: { text: field.text() },
  access: { read: access.role('staff'), create: access.role('staff') },
})
export default backend('notebook', { parts: { users, notes } })
`
const folder = userFolder({ after }, { 'backend.ts': backend })
const env = { DATABASE_URL: await scratchDatabase(), WORKERS: '2' }
const server = mettle({ after }, ['dev'], { folder, env })
const url = await server.url
const email = 'robot@example.com'

/** What a program that runs it would read, and what a person sees beside. */
function run(...args: readonly string[]) {
  const program = [`--conditions=mettle-source`, join(root, 'src/cli/main.ts'), ...args]
  const all = { PATH: process.env['PATH'], HOME: folder, ...env }
  return promisify(execFile)(process.execPath, program, { cwd: folder, env: all })
}

async function statusOf(key: string, method = 'GET'): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const body = method === 'GET' ? null : JSON.stringify({ text: 'hello' })
  const answer = await fetch(`${url}/api/v1/notes`, { method, headers, body })
  await answer.arrayBuffer()
  return answer.status
}

test('an operator sets up a program without a browser, and stops it', async () => {
  const created = await run('user', 'create', email, '--service', '--role', 'staff')
  assert.match(created.stdout, /with the role staff and no password/)
  const scope = ['--scope', 'notes.read']
  const made = await run('api-key', 'create', email, '--name', 'sync', ...scope, '--days', '9')
  assert.match(made.stdout, /^mtl_[\w-]{43}\n$/)
  assert.match(made.stderr, /^\S{36} {2}mtl_\S{8}… {2}"sync" {2}scopes=notes\.read {2}expires=/m)
  const key = made.stdout.trim()
  assert.deepEqual([await statusOf(key), await statusOf(key, 'POST')], [200, 403])

  const { stdout: list } = await run('api-key', 'list', email)
  assert.ok(!list.includes(key.slice(12)))
  const { stdout: lines } = await run('api-key', 'list', email, '--json')
  const { id, scopes } = JSON.parse(lines)
  assert.deepEqual(scopes, ['notes.read'])
  const revoked = await run('api-key', 'revoke', email, id)
  const [, seconds] = /within (\d+) seconds/.exec(revoked.stdout) ?? []
  assert.equal(Number(seconds) * 1_000, limits.sessionCacheMs)
  // four in a row: both workers have been asked
  await eventually(
    async () => new Set(await Promise.all([key, key, key, key].map(one => statusOf(one)))),
    statuses => statuses.size === 1 && statuses.has(401),
  )
  assert.match((await run('api-key', 'list', email)).stdout, /has no API key/)
  const trail = await run('audit', '--user', email, '--kind', 'api-key.revoked')
  assert.ok(trail.stdout.includes(`apiKey=${id}`))
})

test('what cannot be meant is told', async () => {
  for (const [args, said] of [
    [['create', email], /--name/],
    [['create', email, '--name', 'x', '--days', 'many'], /--days takes a whole number/],
    [['create', email, '--name', 'x', '--days', '367'], /^ {2}--days must be/m],
    [
      ['create', email, '--name', 'x', '--scope', 'note.read'],
      /^[^[\]]+\n {2}--scope there is no scope "note\.read" \(did you mean "notes\.read"\?\)\n$/,
    ],
    [['list', 'nobody@example.com'], /There is no user nobody@example\.com/],
    [['revoke', email, 'sync'], /is no id/],
    [['revoke', email, '01890000-0000-7000-8000-000000000000'], /has no key/],
  ] as const) {
    const { status, output } = await runMettle({ after }, ['api-key', ...args], { folder, env })
    assert.equal(status, 1, output)
    assert.match(output, said)
  }
})
