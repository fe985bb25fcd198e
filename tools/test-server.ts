/** The PostgreSQL that a test run uses: the one METTLE_TEST_DATABASE_URL names. */

export interface TestServer {
  readonly url: string
  stop(): Promise<void>
}

export async function testServer(): Promise<TestServer> {
  const url = process.env['METTLE_TEST_DATABASE_URL']
  if (url === undefined) throw new Error('set METTLE_TEST_DATABASE_URL')
  return { url, stop: async () => {} }
}
