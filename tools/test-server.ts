/** The PostgreSQL of a test run: the one the environment names, else one of our own. */

import { startEmbedded } from '../src/adapters/postgres/embedded/embedded.ts'

interface TestServer {
  /** As the superuser: tests end sessions and make databases. */
  readonly url: string
  stop(): Promise<void>
}

export async function testServer(): Promise<TestServer> {
  const named = process.env['METTLE_TEST_DATABASE_URL']
  if (named !== undefined) return { url: named, stop: async () => {} }
  const server = await startEmbedded({
    directory: '.mettle/test',
    observe: () => {},
    use: 'guest',
  })
  return { url: server.adminUrl, stop: () => server.stop() }
}
