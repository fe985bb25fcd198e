/** What cannot start says why and what to do, on standard error, with exit status 1. */

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { runMettle, userFolder } from '../../support/running.ts'

const backend = `
import { access, backend, field, resource } from 'mettle'
const notes = resource('notes', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: access.anyone },
})
export default backend('notes', { parts: { notes } })
`
const files = {
  'backend.ts': backend,
  'nested/shop.ts': backend,
  'enum.ts': 'enum Colour { red }\nexport default Colour.red',
  'import.ts': "import './other'\nexport default 1",
  'package.ts': "import 'left-pad'\nexport default 1",
  'throws.ts': "throw new Error('too late')",
  'commonjs/package.json': '{ "type": "commonjs" }',
  'commonjs/backend.ts': backend,
  'users.ts': `
import { backend, field, identity } from 'mettle'
const users = identity({
  fields: { name: field.text({ max: 100 }) }, signUp: 'closed', roles: ['staff'],
})
export default backend('people', { parts: { users } })
`,
  'nothing.ts': 'export const notes = 1',
  'wrong.ts': backend.replace('max: 100', 'max: -1'),
}
const safe = { METTLE_SECRET: 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_', HOST: '127.0.0.1' }
const DATABASE_URL = await scratchDatabase()
const users = await scratchDatabase()
const unreachable = 'postgres://ada:hunter2@127.0.0.1:1/notes'

const createAda = ['user', 'create', 'ada@example.com', '--backend', 'users.ts']

interface Refusal {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** All of it must be said. */
  readonly says: readonly RegExp[]
}

const refusals: Readonly<Record<string, Refusal>> = {
  'a configuration with several faults': {
    args: ['start'],
    env: { PORT: '70000', WORKERS: 'many' },
    says: [
      /5 faults/,
      /PORT: /,
      /WORKERS: /,
      /METTLE_SECRET: .*openssl/,
      /PUBLIC_URL: /,
      /DATABASE_URL: is needed in production: .*`embedded`.*\.mettle\/postgres/,
    ],
  },
  'a PostgreSQL that cannot be reached': {
    args: ['start'],
    env: { ...safe, DATABASE_URL: unreachable },
    says: [/PostgreSQL cannot be reached.*127\.0\.0\.1:1/, /DATABASE_URL/],
  },
  'a command without PostgreSQL': {
    args: ['migrate', 'status'],
    env: { DATABASE_URL: unreachable },
    says: [/PostgreSQL cannot be reached/],
  },
  'tables that are not as declared': {
    args: ['start', 'nested/shop.ts'],
    env: { ...safe, DATABASE_URL },
    says: [
      /The database is not as declared: \d+ steps are pending/,
      /: mettle migrate apply nested\/shop\.ts$/m,
    ],
  },
  'a file that is not there': {
    args: ['start', 'other.ts'],
    env: { ...safe, DATABASE_URL },
    says: [/There is no file .*other\.ts/],
  },
  'syntax that has to be compiled': {
    args: ['migrate', 'plan', 'enum.ts'],
    env: { DATABASE_URL },
    says: [/erasableSyntaxOnly/],
  },
  'an import without its ending': {
    args: ['migrate', 'plan', 'import.ts'],
    env: { DATABASE_URL },
    says: [/full name/],
  },
  'a package that is not installed': {
    args: ['migrate', 'plan', 'package.ts'],
    env: { DATABASE_URL },
    says: [/Install the package with npm/, /'left-pad'/],
  },
  'a folder that npm init has made': {
    args: ['migrate', 'plan', 'commonjs/backend.ts'],
    env: { DATABASE_URL },
    says: [/"type": "module" in package\.json/],
  },
  'code of the user that throws': {
    args: ['migrate', 'plan', 'throws.ts'],
    env: { DATABASE_URL },
    says: [/Error: too late$/m, / at .*throws\.ts:1:/],
  },
  'a file that is not there, in development': {
    args: ['dev', 'other.ts'],
    env: {},
    says: [/There is no file .*other\.ts/],
  },
  'a file that exports no backend': {
    args: ['migrate', 'plan', 'nothing.ts'],
    env: { DATABASE_URL },
    says: [/no default export made by backend\(\)/],
  },
  'a wrong declaration': {
    args: ['start', 'wrong.ts'],
    env: { ...safe, DATABASE_URL },
    says: [/1 mistake in the declaration/, /notes\.fields\.text/, /wrong\.ts:3/],
  },
  'users where none are declared': {
    args: ['user', 'create', 'ada@example.com'],
    env: { DATABASE_URL },
    says: [/declare identity\(\) first/],
  },
  'a user who is not there': {
    args: ['user', 'grant', 'ada@example.com', 'staff', '--backend', 'users.ts'],
    env: { DATABASE_URL: users },
    says: [/There is no user ada@example\.com/],
  },
  'a user without a field': {
    args: createAda,
    env: { DATABASE_URL: users },
    says: [/add --set name=…/],
  },
  'a user with an unknown role': {
    args: [...createAda, '--set', 'name=Ada', '--role', 'stuff'],
    env: { DATABASE_URL: users },
    says: [/run it again\n {2}--role must be one of staff, not "stuff" \(did you mean "staff"\?\)/],
  },
  'a user with all that can be wrong, at once': {
    args: [...createAda.with(2, 'ada'), '--set', 'nmae=Ada', '--role', 'stuff'],
    env: { DATABASE_URL: users },
    says: [
      / {2}<email> must be an e-mail address/,
      / {2}--set name is missing: add --set name=…/,
      / {2}--set nmae is not a field/,
      / {2}--role must be one of staff, not "stuff"/,
    ],
  },
  'a user with an unknown field': {
    args: [...createAda, '--set', 'name=Ada', 'nmae=Ada'],
    env: { DATABASE_URL: users },
    says: [/ {2}--set nmae is not a field \(did you mean "name"\?\)/],
  },
  'a user without an address': {
    args: ['user', 'create', 'ada', '--set', 'name=Ada', '--backend', 'users.ts'],
    env: { DATABASE_URL: users },
    says: [/ {2}<email> must be an e-mail address/],
  },
  'a role that is unknown': {
    args: ['user', 'grant', 'ada@example.com', 'stuff', '--backend', 'users.ts'],
    env: { DATABASE_URL: users },
    says: [/<role> must be one of staff, not "stuff"/],
  },
  'an unknown command': { args: ['serve'], env: {}, says: [/unknown command 'serve'/, /--help/] },
}

/** Words for a person: no stack of ours, no secret, nothing unfinished. */
function assertReadable(output: string): void {
  assert.doesNotMatch(output, /\/src\/|\/dist\/|^ +at .*node:/m)
  assert.doesNotMatch(output, /hunter2|undefined|\[object/)
}

test('users have tables of their own to be refused', async context => {
  const folder = userFolder(context, files)
  const apply = ['migrate', 'apply', 'users.ts']
  const { status, output } = await runMettle(context, apply, {
    folder,
    env: { DATABASE_URL: users },
  })
  assert.equal(status, 0, output)
})

for (const [name, { args, env, says }] of Object.entries(refusals)) {
  test(name, async context => {
    const folder = userFolder(context, files)
    const { status, output } = await runMettle(context, args, { folder, env })
    assert.equal(status, 1, output)
    for (const pattern of says) assert.match(output, pattern)
    assertReadable(output)
  })
}

async function takenPort(context: TestContext): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const address = server.address()
  return String(typeof address === 'object' ? address?.port : '')
}

test('a user whose address another one has', async context => {
  const folder = userFolder(context, files)
  const create = [...createAda.with(2, 'Grace@example.com'), '--set', 'name=Grace']
  const run = () => runMettle(context, create, { folder, env: { DATABASE_URL: users } })
  const first = await run()
  assert.equal(first.status, 0, first.output)
  const { status, output } = await run()
  assert.equal(status, 1, output)
  assert.match(output, /There is a user with this address already/)
  assertReadable(output)
})

test('a port that is taken', async context => {
  const folder = userFolder(context, files)
  const port = await takenPort(context)
  const env = { ...safe, DATABASE_URL, PORT: port }
  await runMettle(context, ['migrate', 'apply'], { folder, env })
  for (const command of ['start', 'dev']) {
    const { status, output } = await runMettle(context, [command], { folder, env })
    assert.equal(status, 1, output)
    assert.match(output, new RegExp(`Port ${port} is taken`))
    assertReadable(output)
  }
})
