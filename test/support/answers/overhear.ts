/**
 * Loaded into every process of the test suite (`node --import`): overhears what HTTP servers write
 * on their connections, so that whoever asked (a test, a browser, curl, raw bytes, a load), the
 * answer is held to the document of the server that gave it.
 */

import { subscribe } from 'node:diagnostics_channel'
import { IncomingMessage, Server } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { judgeOf } from './judge.ts'
import { answerReader } from './read-answers.ts'
import { breachesFile, tellBreach } from './breaches.ts'

/** In a process that a test started, where a load may be behind a connection; in a test, all. */
const given = new URL(import.meta.url).searchParams.get('breaches')
const answersMax = given === null ? Infinity : 200
const file = given ?? breachesFile()

interface Connection {
  /** A request of this connection was read: the next answer but those before is to it. */
  asked(message: IncomingMessage): void
}

const connections = new WeakMap<Socket, Connection>()

/** Controls of drills are wrong on purpose. */
if (!/\/prove\/broken\/\w+\.[jt]s$/.test(process.argv[1] ?? '')) {
  // Told behind the event that makes the connection the server's, and before anything is written.
  subscribe('net.server.socket', told => {
    const { socket } = Object(told)
    if (socket instanceof Socket && 'server' in socket && socket.server instanceof Server)
      connections.set(socket, overhear(socket, socket.server))
  })
  subscribe('http.server.request.start', told => {
    const { request, socket, server } = Object(told)
    if (!(socket instanceof Socket && request instanceof IncomingMessage)) return
    // What is no HTTP inside of TLS stays unheard: the server alone knows where TLS ends.
    if (socket instanceof TLSSocket && !connections.has(socket))
      connections.set(socket, overhear(socket, server))
    connections.get(socket)?.asked(request)
  })
}

function overhear(socket: Socket, server: Server): Connection {
  const judge = judgeOf(server)
  const asked: IncomingMessage[] = []
  const reader = answerReader(() => asked[0]?.method ?? null)
  let answers = 0

  function hear(bytes: Buffer): Promise<unknown> | null {
    const judged: Promise<null>[] = []
    try {
      for (const answer of reader.read(bytes)) {
        const { method, url } = asked.shift() ?? {}
        const request = method === undefined ? null : { method, path: url ?? '' }
        answers += 1
        const judging = judge(request, answer, socket, breach => tellBreach(file, breach))
        if (judging !== null) judged.push(judging)
      }
    } catch (error) {
      tellBreach(file, `on a connection of HTTP: ${String(error)}`)
      silence()
    }
    if (answers >= answersMax) silence()
    return judged.length === 0 ? null : Promise.all(judged)
  }

  const silence = wrapWrites(socket, hear)
  return { asked: message => void (answers < answersMax && asked.push(message)) }
}

/* oxlint-disable no-underscore-dangle -- the names of what writes below, as Node gives them */

/**
 * What goes to the kernel, whichever way it was written. It goes once it was judged: whoever has an
 * answer may kill the process that gave it. The returned function ends it.
 */
function wrapWrites(socket: Socket, hear: (bytes: Buffer) => Promise<unknown> | null): () => void {
  const write = socket._write.bind(socket)
  const writev = socket._writev!.bind(socket)
  const bytesOf = (chunk: string | Buffer, encoding: string) =>
    typeof chunk === 'string' ? Buffer.from(chunk, codingOf(encoding)) : chunk
  const send = (bytes: Buffer, go: () => void) => {
    const judged = hear(bytes)
    if (judged === null) go()
    else void judged.then(go)
  }
  socket._write = (chunk, encoding, done) =>
    send(bytesOf(chunk, encoding), () => write(chunk, encoding, done))
  socket._writev = (parts, done) => {
    const bytes = Buffer.concat(parts.map(({ chunk, encoding }) => bytesOf(chunk, encoding)))
    send(bytes, () => writev(parts, done))
  }
  return () => {
    Reflect.deleteProperty(socket, '_write')
    Reflect.deleteProperty(socket, '_writev')
  }
}

function codingOf(name: string): BufferEncoding {
  return Buffer.isEncoding(name) ? name : 'utf8'
}
