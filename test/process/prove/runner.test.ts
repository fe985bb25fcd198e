/** `mettle prove` as a program: a drill and its control, and nothing left behind. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { eventually, mettle, runMettle, save, userFolder } from '../../support/running.ts'

const folder = userFolder(
  { after },
  {
    'backend.ts': `
import { access, backend, field, identity, resource } from 'mettle'
const { owner, signedIn } = access
const himself = { delete: owner('id') }
const users = identity({ fields: {}, signUp: 'open', roles: [], access: himself })
const notes = resource('notes', {
  fields: {
    text: field.text({ max: 100 }),
    writer: field.ref('users', { default: 'caller', onDelete: 'cascade' }),
  },
  access: { read: owner('writer'), create: signedIn, delete: owner('writer') },
})
const keepsakes = resource('keepsakes', {
  fields: { keeper: field.ref('users', { default: 'caller' }) },
  access: { read: owner('keeper'), create: signedIn },
})
export default backend('notes', { parts: { users, notes, keepsakes } })
`,
    'drills/empty.ts': `
import { drill } from 'mettle/prove'
export default drill({
  id: 'empty', group: 'mine', promise: 'mine.none', claim: 'Nothing is something',
  needs: () => null,
  attack: async () => ({ attack: 'nothing', size: 0, inFlight: null, figures: {} }),
  judge: () => [],
})
`,
    'drills/lone.ts': `
import { drill } from 'mettle/prove'
export default drill({
  id: 'lone', group: 'mine', promise: 'mine.none', claim: 'Nothing is something',
  needs: () => null,
  attack: async () => ({ attack: 'nothing', size: 1, inFlight: null, figures: {} }),
  judge: () => [],
  control: { backend: '../broken.ts' },
})
`,
    'drills/faulty.ts': "import { drill } from './drill.ts'",
    'drills/absent.ts': `
import { drill } from 'mettle/prove'
export default drill({
  id: 'absent', group: 'mine', promise: 'mine.none', claim: 'There are carts',
  needs: model => (model.resources.has('carts') ? null : 'no resource is called carts'),
  attack: async () => ({ attack: 'carts', size: 1, inFlight: null, figures: {} }),
  judge: () => [],
})
`,
  },
)
const other = `
import { access, backend, field, identity, resource } from 'mettle'
const users = identity({ fields: {}, signUp: 'open', roles: [] })
const carts = resource('carts', {
  fields: { text: field.text({ max: 100 }) },
  access: { read: access.anyone, create: access.signedIn },
})
export default backend('shop', { parts: { users, carts } })
`
// Scratch folders of the runs of this file stand here, where no other run looks.
save(folder, { 'scratch/here': '' })
const env = { TMPDIR: `${folder}/scratch` }

/** Processes that were started with something of the scratch folder or of this backend. */
function processes(): readonly string[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
  return table.split('\n').filter(line => line.includes(folder) && !line.includes(' ps '))
}

async function nothingIsLeft(): Promise<void> {
  await eventually(
    async () => processes().join('\n'),
    left => left === '',
  )
  await eventually(
    async () => readdirSync(env.TMPDIR).join(' '),
    names => names === 'here',
  )
}

test('a drill passes against a sound backend, and its control goes red', async context => {
  const options = { folder, env }
  const sound = await runMettle(
    context,
    ['prove', 'double-submit', '--seed', '5', '--json', '--junit', 'junit.xml'],
    options,
  )
  assert.equal(sound.status, 0, sound.output)
  assert.match(sound.output, /✔ {2}double-submit .*\n.*in flight at the fault\n.*effects: 8/)
  const report = JSON.parse(sound.output.slice(sound.output.indexOf('{\n')))
  assert.equal(report.seed, 5)
  const names = Object.keys(report.drills[0]).join(' ')
  assert.equal(names, 'drill promise verdict figures reason')
  assert.equal(report.drills[0].verdict, 'pass')
  assert.match(readFileSync(`${folder}/junit.xml`, 'utf8'), /tests="1" failures="0" errors="0"/)
  await nothingIsLeft()

  const control = await runMettle(context, ['prove', 'double-submit', '--controls'], options)
  assert.equal(control.status, 0, control.output)
  assert.match(control.output, /double-submit +Broken here: [^\n]+\n/)
  assert.match(control.output, /red, as it must be: 8 keys had 400 effects/)
  await nothingIsLeft()
})

test('an attack that met nothing is an error, and what does not apply is no pass', async context => {
  const drills = ['--drills', 'drills/empty.ts', 'drills/absent.ts']
  const empty = await runMettle(context, ['prove', 'mine', '--nodes', '1', ...drills], {
    folder,
    env,
  })
  assert.equal(empty.status, 1)
  assert.match(empty.output, /empty +Nothing is something\.\n +NO RESULT: nothing was attacked/)
  assert.match(empty.output, /mettle prove empty --seed \d+ --nodes 1 --drills drills\/empty.ts/)
  assert.match(empty.output, /absent +not applicable: no resource is called carts/)
  assert.match(empty.output, /0 of 1 passed, 1 came to no result, 1 does not apply/)

  const absent = await runMettle(context, ['prove', 'absent', ...drills], { folder, env })
  assert.equal(absent.status, 1, 'a run in which nothing applied has proved nothing')
  const unstarted = await runMettle(context, ['prove', 'absent', ...drills], {
    folder,
    env: { TMPDIR: '/nonexistent' },
  })
  assert.match(unstarted.output, /absent +not applicable: no resource/, 'nothing is started for it')
})

test('says which drills there are, and refuses names that are none', async context => {
  const listed = await runMettle(context, ['prove', '--list'], { folder, env })
  assert.equal(listed.status, 0)
  assert.match(listed.output, /concurrency\n[^]*double-submit +One Idempotency-Key/)
  const explained = await runMettle(context, ['prove', '--explain', 'oversell'], { folder, env })
  assert.match(
    explained.output,
    /It does not apply to your\s+backend: no command takes from a\s+num/,
  )
  assert.match(explained.output, /one stage is broken \(rows are not locked/)
  const refused = await runMettle(context, ['prove', 'double-sumbit'], { folder, env })
  assert.equal(refused.status, 1)
  assert.match(refused.output, /There is no drill and no group double-sumbit\. Groups: /)
})

test('what is no number of nodes, no time, no drill and no control is refused in words', async context => {
  const refused: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [['--nodes', '0'], /^--nodes takes a whole number from 1 to 32, not 0\n$/],
    [['--nodes', '2.5'], /^--nodes takes a whole number, not "2\.5"\n$/],
    [['--time', '0s'], /^--time takes a time like 60s, not "0s"\n$/],
    [['--drills', 'nix.ts'], /^There is no file \S+\/nix\.ts for a drill\.\n$/],
    [['--drills', 'drills/faulty.ts'], /faulty\.ts could not be loaded\.\nImports of your own/],
    [
      ['lone', '--controls', '--drills', 'drills/lone.ts'],
      /NO RESULT: its control names the backend "\.\.\/broken\.ts",\s+but\s+there/,
    ],
  ]
  for (const [args, says] of refused) {
    const { status, output } = await runMettle(context, ['prove', ...args], { folder, env })
    assert.equal(status, 1, output)
    assert.match(output, says)
  }
})

test('a backend that runs already is attacked by accounts that go again', async context => {
  const running = mettle(context, ['dev'], { folder })
  const url = await running.url
  const names = ['jwt', 'bola', 'browser', 'double-submit', 'kill-node', 'deadlock', 'config']
  const asked = await runMettle(context, ['prove', ...names, '--url', url, '--json'], {
    folder,
    env,
  })
  assert.equal(asked.status, 0, asked.output)
  assert.match(asked.output, /double-submit +not applicable: left out .*: it looks into the\s+data/)
  assert.match(asked.output, /kill-node +not applicable: .*: it kills or pauses/)
  assert.match(asked.output, /deadlock +not applicable: .*: it plants rows/)
  assert.match(asked.output, /config +not applicable: .*: it starts nodes with/)
  assert.match(asked.output, /✔ {2}jwt[^]*35 forged, altered and foreign tokens at each of 1 nodes/)
  assert.match(
    asked.output,
    /✔ {2}bola[^]*rows of users, notes,\s+keepsakes, which accounts of ours/,
  )
  assert.match(asked.output, /\n {2}left behind: 1 account: /)
  const report = JSON.parse(asked.output.slice(asked.output.indexOf('{\n')))
  // Nobody may delete a keepsake, which keeps the account that made it.
  assert.equal(report.leftBehind.length, 2, asked.output)
  assert.match(report.leftBehind[0], /^1 account: \w+@prove\.example$/)
  assert.match(report.leftBehind[1], /^1 row of keepsakes: [0-9a-f-]{36}$/)
  save(folder, { 'other.ts': other })
  const mistaken = await runMettle(
    context,
    ['prove', 'jwt', '--url', url, '--backend', 'other.ts'],
    { folder, env },
  )
  assert.equal(mistaken.status, 1)
  assert.match(
    mistaken.output,
    /is not shop as it is declared here: it lacks GET \/api\/v1\/carts, /,
  )
  assert.match(mistaken.output, /; it has \w+ \/api\/v1\/users.* and \d+ more besides\./)
  assert.doesNotMatch(mistaken.output, /passed/)
  await running.stop()
  const dead = await runMettle(context, ['prove', 'jwt', '--url', url], { folder, env })
  assert.equal(dead.status, 1)
  assert.match(dead.output, /^Nothing answers at http:\S+ \(ECONNREFUSED\): is the backend running/)
})

test('a running backend that publishes no document is told to be uncompared', async context => {
  const running = mettle(context, ['dev'], { folder, env: { DOCS: 'off' } })
  const asked = await runMettle(context, ['prove', 'jwt', '--url', await running.url], {
    folder,
    env,
  })
  assert.equal(asked.status, 0, asked.output)
  assert.match(asked.output, /publishes no \/openapi\.json .*DOCS=off.* could not be compared/)
  await running.stop()
})

test('another machine is attacked only when it is confirmed', async context => {
  const away = await runMettle(context, ['prove', '--url', 'https://shop.example'], { folder, env })
  assert.equal(away.status, 1)
  const within = await runMettle(context, ['prove', '--url', 'http://localhost:1/api'], {
    folder,
    env,
  })
  assert.match(
    within.output,
    /--url takes http:\/\/localhost:1 alone, not http:\/\/localhost:1\/api/,
  )
  assert.match(away.output, /shop\.example is another machine.*--confirm-host shop\.example/)
})

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`${signal} in the middle leaves nothing behind`, async context => {
    const running = mettle(context, ['prove', 'double-submit'], { folder, env })
    await eventually(
      async () => processes().filter(line => line.includes(' start ')).length,
      nodes => nodes >= 2,
    )
    assert.ok(existsSync(env.TMPDIR))
    assert.equal(await running.stop(signal), signal === 'SIGINT' ? 130 : null)
    await nothingIsLeft()
  })
}
