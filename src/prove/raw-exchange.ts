/** Bytes to a server and all that comes back, with no library between that would mend them. */

import { connect } from 'node:net'

const waitMsMax = 20_000

/** What came until the server closed, as Latin-1; null where it did not close in time. */
export function rawExchange(url: string, bytes: string): Promise<string | null> {
  const { hostname, port } = new URL(url)
  return new Promise(resolve => {
    let text = ''
    const socket = connect({ host: hostname, port: Number(port) }, () => {
      socket.end(Buffer.from(bytes, 'latin1'))
    })
    const done = (result: string | null) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(waitMsMax, () => done(null))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.once('error', () => done(text))
    socket.once('close', () => done(text))
  })
}
