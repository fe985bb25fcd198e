/** Starts the hand-written rival. */

import { spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'

export interface RunningServer {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

interface Rival extends RunningServer {
  token(user: string, roles: readonly string[]): string
}

export async function startRival(databaseUrl: string): Promise<Rival> {
  const secret = randomBytes(32).toString('hex')
  const child = spawn(process.execPath, ['bench/handwritten/server.ts', databaseUrl, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    port: Number(line.toString()),
    pid: child.pid!,
    token: (user, roles) =>
      signToken(secret, { sub: user, roles, exp: Math.floor(Date.now() / 1000) + 86_400 }),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

function signToken(secret: string, claims: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
