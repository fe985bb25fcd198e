/** The shop as `npm start` runs it, in a folder of its own, on a free port. */

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { root } from '../../support/markdown.ts'

const readyMsMax = 120_000

/** Resolves to its port when it is ready; it is drained after the tests of this file. */
export async function startShop(): Promise<number> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mettle-docs-'))
  // The account that root lends to PostgreSQL has to pass through.
  chmodSync(folder, 0o755)
  const program = ['--conditions=mettle-source', join(root, 'src/cli/main.ts')]
  const shop = spawn(
    process.execPath,
    [...program, 'dev', join(root, 'examples/shop/backend.ts')],
    {
      cwd: folder,
      env: { ...withoutSettings(), PORT: '0', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const ended = new Promise<void>(resolve => shop.once('exit', () => resolve()))
  after(async () => {
    shop.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  return portOf(shop)
}

/** What the machine that runs the tests happens to set is none of the shop's. */
function withoutSettings(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME }
}

function portOf(shop: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const late = setTimeout(() => fail(`was not ready in ${readyMsMax} ms`), readyMsMax)
    const fail = (why: string) => {
      clearTimeout(late)
      reject(new Error(`the shop ${why}\n${said}`))
    }
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Waiting for a change')) fail('does not start')
      const port = /is ready at http:\/\/localhost:(\d+)/.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(late)
      resolve(Number(port))
    }
    shop.stdout?.on('data', hear)
    shop.stderr?.on('data', hear)
    shop.once('exit', code => fail(`ended with status ${code}`))
  })
}
