/** `mettle dev` from nothing, and again: banner, accounts, settings, commands beside it, Ctrl-C. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { scratchDatabase } from '../../support/database.ts'
import { kill } from '../../support/clearance.ts'
import { ask, mettle, postgresPid, runMettle, userFolder } from '../../support/running.ts'

const METTLE_SECRET = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'
const shop = resolve(import.meta.dirname, '../../../examples/shop')
const read = (name: string) => readFileSync(join(shop, name), 'utf8')
const folder = userFolder(
  { after },
  {
    'backend.ts': read('backend.ts'),
    'seed.ts': read('seed.ts'),
    '.env': 'RATE_LIMIT=1234\nPORT=1\n',
  },
)

test('what the banner says is true', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  await running.until(/chris@.*\n/)
  const banner = running.output()

  const places = [...banner.matchAll(/http:\/\/\S+/g)].map(([place]) => place)
  for (const place of places.filter(each => !each.endsWith('/api/v1'))) {
    assert.equal((await fetch(place)).status, 200, place)
  }
  assert.ok(places.some(place => place.startsWith(`${url}/api/v1/`)))
  const [, email, password] = /(\S+@\S+) +(\S+) +staff, admin\n/.exec(banner) ?? []
  const signedIn = await ask(`${url}/auth/sign-in`, { body: { email, password } })
  assert.equal(signedIn.status, 200)
  assert.ok(banner.includes(`embedded PostgreSQL in ${folder}/.mettle/postgres/data`))
  assert.match(banner, /in production set DATABASE_URL/)
  assert.doesNotMatch(banner, /\{"level"/, 'log lines drown the banner')
  assert.doesNotMatch(banner, /undefined|null|\[object/)

  assert.equal(await running.stop('SIGINT'), 0)
})

test('.env is read, and what is set in the environment wins', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  assert.notEqual(new URL(url).port, '1')
  const { headers } = await fetch(`${url}/api/v1/products?limit=1`)
  assert.match(headers.get('ratelimit-policy') ?? '', /q=1234/)
  await running.stop()
})

test('Ctrl-C in a terminal reaches everybody: the backend drains and takes PostgreSQL with it', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const first = '/api/v1/products?limit=1&fields=id'
  const { data } = (await ask(`${url}${first}`)).json
  assert.ok(postgresPid(folder))
  kill(-running.pid, 'SIGINT')
  assert.equal(await running.ended, 0)
  assert.match(running.output(), /Stopping/)
  assert.equal(postgresPid(folder), null)

  const again = mettle(context, ['dev'], { folder })
  assert.deepEqual((await ask(`${await again.url}${first}`)).json.data, data)
  await again.until(/sophie@shop\.example/)
  await again.stop()
  assert.equal(statSync(join(folder, '.mettle/secret')).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, '.mettle/accounts.json')).mode & 0o777, 0o600)
})

test('when its terminal is closed it drains and ends, although nobody hears it', async context => {
  const running = mettle(context, ['dev'], { folder })
  await running.url
  running.deafen()
  assert.equal(await running.stop('SIGHUP'), 0)
  assert.equal(postgresPid(folder), null)
})

test('a second Ctrl-C ends the workers at once, whatever they are doing', async context => {
  const busy = userFolder(context, {
    'backend.ts': `
      import { access, backend, command } from 'mettle'
      const wait = command('wait', {
        input: {}, access: access.anyone, uses: {},
        run: async () => { console.log('waiting'); await new Promise(r => setTimeout(r, 4000)) },
      })
      export default backend('busy', { parts: { wait } })`,
  })
  const running = mettle(context, ['dev'], { folder: busy })
  const asked = ask(`${await running.url}/api/v1/wait`, { body: {} }).catch(error => error)
  await running.until(/waiting/)
  kill(-running.pid, 'SIGINT')
  await running.until(/Stopping/)
  kill(-running.pid, 'SIGINT')
  assert.equal(await running.ended, 130)
  assert.ok((await asked) instanceof Error)
  assert.equal(postgresPid(busy), null)
})

test('commands use the PostgreSQL of a running backend, or start it for themselves', async context => {
  const admin = { email: 'boss@shop.example', password: 'correct horse battery' }
  const create = ['user', 'create', admin.email, '--role', 'staff', 'admin', '--set', 'name=Boss']
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const created = await runMettle(context, create, { folder, input: `${admin.password}\n` })
  assert.match(created.output, /Created boss@shop\.example \([0-9a-f-]{36}\) with .*staff, admin/)
  assert.equal((await ask(`${url}/auth/sign-in`, { body: admin })).status, 200)
  const twice = await runMettle(context, create, { folder, input: admin.password })
  assert.equal(twice.status, 1)
  assert.doesNotMatch(twice.output, /\n +at /)
  await running.stop()

  const status = await runMettle(context, ['migrate', 'status', '--json'], { folder })
  assert.equal(status.status, 0, status.output)
  assert.deepEqual(JSON.parse(status.stdout).pending, [])
  assert.ok(status.output.includes(`Database: embedded PostgreSQL in ${folder}/.mettle/postgres\n`))
  const granted = await runMettle(context, ['user', 'grant', 'carla@shop.example', 'staff'], {
    folder,
  })
  assert.match(granted.output, /carla@shop\.example now has the role staff/)
  const revoked = await runMettle(context, ['user', 'revoke', 'carla@shop.example', 'staff'], {
    folder,
  })
  assert.match(revoked.output, /carla@shop\.example now has no role\.\n.*within 2 seconds/)
  assert.equal(postgresPid(folder), null)
})

test('a command makes an embedded PostgreSQL only where it is asked for', async context => {
  const empty = userFolder(context, {
    'backend.ts': read('backend.ts'),
    'seed.ts': read('seed.ts'),
  })
  const run = (args: readonly string[], env = {}) =>
    runMettle(context, args, { folder: empty, env })
  const settings = { METTLE_SECRET, PUBLIC_URL: 'https://shop.example' }
  for (const args of [['migrate', 'apply'], ['user', 'grant', 'a@b.example', 'staff'], ['audit']]) {
    const { status, output } = await run(args, settings)
    assert.equal(status, 1)
    assert.match(output, /DATABASE_URL is not set, .*\/\.mettle\/postgres\.\nSet DATABASE_URL .*/)
    assert.ok(!existsSync(join(empty, '.mettle')))
  }
  const applied = await run(['migrate', 'apply'], { ...settings, DATABASE_URL: 'embedded' })
  assert.equal(applied.status, 0, applied.output)
  assert.match((await run(['migrate', 'plan'])).stdout, /^-- nothing to do/)
  assert.equal(postgresPid(empty), null)
})

test('production serves from the embedded PostgreSQL where that is asked for', async context => {
  const env = { DATABASE_URL: 'embedded', METTLE_SECRET, HOST: '127.0.0.1' }
  const running = mettle(context, ['start'], { folder, env })
  const url = await running.url
  assert.match(running.output(), /\.mettle\/postgres\/data\n +for this machine alone/)
  const { data } = (await ask(`${url}/api/v1/products?limit=1`)).json
  assert.equal(data.length, 1)
  assert.ok(postgresPid(folder))
  assert.equal(await running.stop(), 0)
  assert.equal(postgresPid(folder), null)
})

test('a database and a secret of your own need no folder, and are seeded', async context => {
  const files = { 'backend.ts': read('backend.ts'), 'seed.ts': read('seed.ts') }
  const own = userFolder(context, files)
  const env = { DATABASE_URL: await scratchDatabase(), METTLE_SECRET }
  const running = mettle(context, ['dev'], { folder: own, env })
  await running.until(/chris@.*\n/)
  await running.stop()
})

test('several workers of a new database seed it once', async context => {
  const env = { DATABASE_URL: await scratchDatabase(), WORKERS: '3' }
  const running = mettle(context, ['dev'], { folder, env })
  const url = await running.url
  const last = '/api/v1/products?sort=-price&limit=100&fields=name,price'
  const { data } = (await ask(`${url}${last}`)).json
  const names = data.map(({ name }: { readonly name: string }) => name)
  assert.equal(new Set(names).size, names.length)
  assert.equal(await running.stop(), 0)
})
