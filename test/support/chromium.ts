/** A real browser for tests: Chromium without a window, spoken to by its DevTools protocol. */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { clearAfter, kill, type Scope } from './clearance.ts'
import { programPath } from './services.ts'

export interface BrowserPage {
  /** The value of an expression, awaited where it is a promise; rejects with what it threw. */
  evaluate(expression: string): Promise<unknown>
  /** Resolves when an expression has become true; rejects with it when that never comes. */
  until(expression: string): Promise<void>
  /** Goes to an address, afresh, and resolves when everything of the page is there. */
  open(url: string): Promise<void>
  /** Presses a key that means something, like `Tab` or `Enter`. */
  press(key: string): Promise<void>
  /** How it looks, as a PNG file. */
  picture(path: string): Promise<void>
  /** Errors of scripts, refusals of policies, and whatever else the console calls an error. */
  readonly errors: readonly string[]
  /** Where it sent requests. */
  readonly requested: readonly string[]
}

interface Look {
  readonly width: number
  readonly height: number
  readonly dark?: boolean
}

interface Browser {
  newPage(look?: Look): Promise<BrowserPage>
}

/** Ends with the test, or its file. */
export async function startChromium(scope: Scope): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'mettle-chromium-'))
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars']
  const own = ['--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank']
  const child = spawn(await programPath('chromium'), [...flags, ...own], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  clearAfter(scope, () => {
    kill(-child.pid!, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })
  const protocol = await connect(await addressOf(child.stderr))
  return { newPage: (look = { width: 1280, height: 900 }) => newPage(protocol, look) }
}

async function addressOf(said: NodeJS.ReadableStream): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface(said)) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address !== undefined) {
      said.resume()
      return address
    }
    lines.push(line)
  }
  throw new Error(`chromium ended:\n${lines.join('\n')}`)
}

/** What the protocol answers and tells; looked into by whoever knows its members. */
// oxlint-disable-next-line typescript/no-explicit-any -- plain data of a protocol of others
type Told = any

interface Protocol {
  call(method: string, params?: object, session?: string): Promise<Told>
  listen(session: string, hear: (method: string, params: Told) => void): void
}

function connect(address: string): Promise<Protocol> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, PromiseWithResolvers<Told>>()
  const ears = new Map<string, (method: string, params: Told) => void>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error, method, params, sessionId } = JSON.parse(String(data))
    if (id === undefined) return ears.get(sessionId)?.(method, params)
    const answered = waiting.get(id)!
    waiting.delete(id)
    if (error === undefined) answered.resolve(result)
    else answered.reject(new Error(error.message))
  })
  const protocol: Protocol = {
    call(method, params = {}, sessionId) {
      const answered = Promise.withResolvers<Told>()
      waiting.set(++last, answered)
      socket.send(JSON.stringify({ id: last, method, params, sessionId }))
      return answered.promise
    },
    listen: (session, hear) => void ears.set(session, hear),
  }
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(protocol))
    socket.addEventListener('error', () => reject(new Error(`cannot reach ${address}`)))
  })
}

/** What takes longer on any machine will not come. */
const patienceMs = 20_000

async function newPage(protocol: Protocol, { width, height, dark }: Look): Promise<BrowserPage> {
  const { browserContextId } = await protocol.call('Target.createBrowserContext')
  const target = { url: 'about:blank', browserContextId }
  const { targetId } = await protocol.call('Target.createTarget', target)
  const { sessionId } = await protocol.call('Target.attachToTarget', { targetId, flatten: true })
  const call = (method: string, params?: object) => protocol.call(method, params, sessionId)
  const errors: string[] = []
  const requested: string[] = []
  let loaded = Promise.withResolvers<void>()
  protocol.listen(sessionId, (method, params) => {
    if (method === 'Page.loadEventFired') loaded.resolve()
    if (method === 'Network.requestWillBeSent') requested.push(params.request.url)
    if (method === 'Runtime.exceptionThrown')
      errors.push(String(params.exceptionDetails.exception?.description))
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      errors.push(`${params.entry.text} ${params.entry.url ?? ''}`)
  })
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await call(`${domain}.enable`)
  const metrics = { width, height, deviceScaleFactor: 2, mobile: width < 600 }
  await call('Emulation.setDeviceMetricsOverride', metrics)
  const scheme = { name: 'prefers-color-scheme', value: dark === true ? 'dark' : 'light' }
  const still = { name: 'prefers-reduced-motion', value: 'reduce' }
  await call('Emulation.setEmulatedMedia', { features: [scheme, still] })

  async function evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true }
    const { result, exceptionDetails } = await call('Runtime.evaluate', options)
    if (exceptionDetails === undefined) return result.value
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  }

  async function until(expression: string): Promise<void> {
    const waiting = `new Promise((done, fail) => {
      const untilMs = performance.now() + ${patienceMs}
      const look = () => (${expression}) ? done() : performance.now() > untilMs
        ? fail(new Error('never came')) : setTimeout(look, 10)
      look()
    })`
    await evaluate(waiting).catch((error: unknown) => {
      throw new Error(`${expression}: ${String(error)}`)
    })
  }

  return {
    evaluate,
    until,
    async open(url) {
      loaded = Promise.withResolvers()
      const { loaderId } = await call('Page.navigate', { url })
      // Another fragment of the same page loads nothing, and a reload before it is there goes back.
      if (loaderId === undefined) {
        await until(`location.href === ${JSON.stringify(url)}`)
        await call('Page.reload')
      }
      await loaded.promise
    },
    async press(key) {
      await call('Input.dispatchKeyEvent', { type: 'keyDown', key, code: key, ...keyCodes[key] })
      await call('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key, ...keyCodes[key] })
    },
    async picture(path) {
      const { data } = await call('Page.captureScreenshot', { format: 'png' })
      writeFileSync(path, Buffer.from(data, 'base64'))
    },
    errors,
    requested,
  }
}

const keyCodes: Readonly<Record<string, object>> = {
  Tab: { windowsVirtualKeyCode: 9 },
  Enter: { windowsVirtualKeyCode: 13, text: '\r' },
  '/': { windowsVirtualKeyCode: 191, text: '/' },
  Escape: { windowsVirtualKeyCode: 27 },
}
