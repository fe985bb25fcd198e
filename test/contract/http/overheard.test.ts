/** Whoever asks a server and however, an answer that its document lacks is told, and fails. */

import assert from 'node:assert/strict'
import { execFileSync, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { overhearing } from '../../support/answers/breaches.ts'
import { openWire } from './open-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'mettle-overheard-'))
const breaches = join(folder, 'breaches')
writeFileSync(breaches, '')
const start = () =>
  fork(new URL('liar.ts', import.meta.url), {
    execArgv: ['--conditions=mettle-source', overhearing(breaches)],
  })
const liar = start()
after(() => {
  liar.kill()
  rmSync(folder, { recursive: true })
})
const [[port, tlsPort]] = await once(liar, 'message')
const url = `http://127.0.0.1:${port}`

/** What was told of the answers that a call brought; of the last at the latest. */
async function toldOf(call: () => unknown): Promise<string> {
  const before = readFileSync(breaches, 'utf8').length
  await call()
  // Judged before the next answer of the same server can be.
  await (await fetch(`${url}/elsewhere?right`)).text()
  return readFileSync(breaches, 'utf8').slice(before)
}

/** Its first answer: the document was not read before. */
test('the answer of a server that is killed once it gave it is told', async () => {
  const brief = start()
  const [[itsPort]] = await once(brief, 'message')
  const before = readFileSync(breaches, 'utf8').length
  await fetch(`http://127.0.0.1:${itsPort}/api/v1/rooms`)
  brief.kill('SIGKILL')
  await once(brief, 'exit')
  assert.match(readFileSync(breaches, 'utf8').slice(before), /\/data must be array/)
})

const lies: Readonly<Record<string, RegExp>> = {
  '/api/v1/rooms': /\/data must be array/,
  '/api/v1/rooms?coded': /the body must be object/,
  '/api/v1/rooms?status': /has no status 207/,
  '/api/v1/rooms?type': /content type text\/html/,
  '/api/v1/rooms?header': /X-Request-Id is missing/,
  '/api/v1/undescribed': /no such operation, and it answered 200/,
  '/api/v1/unjudged': /the document has word, which nobody can judge yet/,
  '/elsewhere': /a refusal as application\/json/,
}

for (const [path, told] of Object.entries(lies)) {
  test(`${path} is told`, async () => {
    const said = await toldOf(async () => (await fetch(url + path)).text())
    assert.match(said, told)
    assert.ok(said.startsWith(`GET ${path}: `), said)
  })
}

const curl = (...args: readonly string[]) => execFileSync('curl', ['-s', ...args])

test('an answer to curl is told', async () => {
  assert.match(await toldOf(() => curl(`${url}/api/v1/undescribed`)), /no such operation/)
})

test('an answer that cannot be read is told, and others of its connection are', async () => {
  const told = await toldOf(() => curl(`${url}/elsewhere?undecodable`, `${url}/elsewhere`))
  assert.match(told, /GET \/elsewhere\?undecodable: 200 .*\nError: incorrect header check/)
  assert.match(told, /GET \/elsewhere: 404/)
})

test('an answer inside of TLS is told', async () => {
  const place = `https://127.0.0.1:${tlsPort}/api/v1/undescribed`
  assert.match(await toldOf(() => curl('-k', place)), /no such operation/)
})

test('answers to raw bytes are told, each with its request, and one to no request', async t => {
  const wire = await openWire(t, port)
  const told = await toldOf(async () => {
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
    wire.send(ask('/api/v1/undescribed') + ask('/elsewhere?right') + ask('/elsewhere'))
    await wire.until(/(?:HTTP[^]*){3}/)
    wire.send('rubbish\r\n\r\n')
    await wire.closed()
  })
  assert.match(told, /GET \/api\/v1\/undescribed: 200/)
  assert.match(told, /GET \/elsewhere: 404/)
  assert.match(told, /bytes that are no request: 400 \nX-Request-Id is missing/)
  assert.equal(told.match(/: \d{3} /g)?.length, 3)
})

test('a right answer is not told', async () => {
  assert.equal(await toldOf(() => curl(`${url}/elsewhere?right`)), '')
})

test('a process of tests that served it fails', () => {
  const overhear = new URL('../../support/answers/overhear.ts', import.meta.url).href
  const args = [`--import=${overhear}`, '--input-type=module', '--eval', served]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(status, 1)
  assert.match(
    stderr,
    /Answers that no document promises:\s+GET \/x: 404 \nX-Request-Id is missing/,
  )
})

const served = `import { createServer } from 'node:http'
const server = createServer((_, response) => response.writeHead(404).end()).listen(0, async () => {
  await fetch('http://127.0.0.1:' + server.address().port + '/x')
  server.close()
  server.closeAllConnections()
})`
