/**
 * A process that starts an embedded server, tells what became of it as lines of JSON, and stops at
 * its end of input.
 */

import { startEmbedded } from '../../../src/adapters/postgres/embedded/embedded.ts'
import { EmbeddedError } from '../../../src/adapters/postgres/embedded/error.ts'

const [directory = '', use = 'owner', account = ''] = process.argv.slice(2)

function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

if (account !== '') {
  process.setgroups?.([])
  process.setgid?.(Number(account))
  process.setuid?.(Number(account))
}

try {
  const server = await startEmbedded({
    directory,
    use: use === 'guest' ? 'guest' : 'owner',
    observe: observation => tell({ observed: observation }),
  })
  tell({ ready: server })
  process.stdin.resume()
  process.stdin.once('end', () => void server.stop().then(() => process.exit(0)))
} catch (error) {
  if (!(error instanceof EmbeddedError)) throw error
  tell({ failed: error.message })
}
