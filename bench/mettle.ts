/** Starts the example shop as a user would in production, and makes its people. */

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { RunningServer } from './rival.ts'

const backend = 'examples/shop/backend.ts'
const command = ['--conditions=mettle-source', 'src/cli/main.ts']
const password = 'correct horse battery staple'
/** Well below the life of an access token. */
const tokenLifeMs = 120_000

interface Mettle extends RunningServer {
  /** Makes a user and resolves to its id. */
  readonly signUp: (email: string) => Promise<string>
  /** A bearer token of the user with this id. */
  readonly token: (user: string) => Promise<string>
}

/** Creates the tables that the shop declares. */
export async function migrate(databaseUrl: string): Promise<void> {
  const child = spawn(process.execPath, [...command, 'migrate', 'apply', backend], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DATABASE_URL: databaseUrl },
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`mettle migrate apply ended with ${code}`)
}

export async function startMettle(databaseUrl: string): Promise<Mettle> {
  const child = spawn(process.execPath, [...command, 'start', backend], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      METTLE_SECRET: randomBytes(48).toString('base64url'),
      PORT: '0',
      HOST: '127.0.0.1',
      RATE_LIMIT: '1000000000',
      NODE_ENV: 'production',
    },
  })
  const port = await readyPort(createInterface({ input: child.stdout }))
  const emails = new Map<string, string>()
  const tokens = new Map<string, { readonly token: string; readonly until: number }>()
  return {
    port,
    pid: child.pid!,
    async signUp(email) {
      const { user } = await post(port, '/auth/sign-up', { email, password, name: email })
      const { id } = user as { id: string }
      emails.set(id, email)
      return id
    },
    async token(user) {
      const known = tokens.get(user)
      if (known !== undefined && known.until > Date.now()) return known.token
      const made = await post(port, '/auth/token', { email: emails.get(user), password })
      const token = String(made['accessToken'])
      tokens.set(user, { token, until: Date.now() + tokenLifeMs })
      return token
    },
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function readyPort(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const port = / is ready at http:\/\/[^:]+:(\d+)/.exec(line)?.[1]
    if (port !== undefined) return Number(port)
  }
  throw new Error('mettle ended before it was ready')
}

async function post(port: number, path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const value = (await answer.json()) as Record<string, unknown>
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(value)}`)
  return value
}
