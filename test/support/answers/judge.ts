/** Judges overheard answers by the document that their server itself gives at /openapi.json. */

import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:tls'
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { problemSchema } from '../../../src/emit/openapi/problems.ts'
import {
  contractOf,
  isDescribed,
  type Contract,
  type Received,
} from '../../../src/prove/contract/contract.ts'
import { schemasOf } from '../../../src/prove/contract/json-schema.ts'
import { answerReader, type WireAnswer } from './read-answers.ts'

/** What was asked; null where the bytes were no request. */
type Asked = Pick<Received, 'method' | 'path'> | null

/** A promise where the document has to be read first: what was written may not leave before. */
type Judge = (
  asked: Asked,
  answer: WireAnswer,
  socket: Socket,
  tell: (breach: string) => void,
) => Promise<null> | null

export function judgeOf(server: Server): Judge {
  return (asked, answer, { remoteAddress }, tell) => {
    const told = (breaches: readonly string[]): null => {
      if (breaches.length > 0) tell(`${described(asked, answer)}\n${breaches.join('\n')}`)
      return null
    }
    const judgeBy = (contract: Contract | null) => told(breachesOf(contract, asked, answer))
    if (asked === null || !isDescribed(asked.path)) return judgeBy(null)
    const contract = contractOfServer(server, remoteAddress)
    if (!(contract instanceof Promise)) return judgeBy(contract)
    return contract.then(judgeBy, (error: unknown) => told([String(error)]))
  }
}

/** What cannot be judged is a breach too, and no error of the server that is overheard. */
function breachesOf(contract: Contract | null, asked: Asked, answer: WireAnswer) {
  try {
    const text = textOf(answer)
    if (asked === null || contract === null) return common(asked, answer, text)
    return contract.breaches({ ...asked, ...answer, text })
  } catch (error) {
    return [String(error)]
  }
}

function described(asked: Asked, { status, body }: WireAnswer): string {
  const request = asked === null ? 'bytes that are no request' : `${asked.method} ${asked.path}`
  return `${request}: ${status} ${body.toString('utf8', 0, 500)}`
}

function textOf({ headers, body }: WireAnswer): string {
  const decode = decoders[String(headers['content-encoding'] ?? 'identity')]
  return (body.length === 0 || decode === undefined ? body : decode(body)).toString()
}

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

const { judge } = schemasOf({ Problem: problemSchema })

/** Probes answer 503 in the form of their success, as who probes reads the status only. */
const isProbe = (asked: Asked) => asked?.path.startsWith('/health/') === true

/** What holds where no operation is: a refusal is a problem, and has its name. */
function common(asked: Asked, { status, headers }: WireAnswer, text: string): readonly string[] {
  const type = headers['content-type']
  if (asked === null && status < 400) return ['an answer to no request']
  // Pages, metrics, and whatever others serve.
  if (status < 400) return []
  if (status === 503 && isProbe(asked)) return []
  if (headers['x-request-id'] === undefined) return ['X-Request-Id is missing']
  if (type !== 'application/problem+json') return [`a refusal as ${String(type)}`]
  return asked?.method === 'HEAD' ? [] : judge('#/Problem', JSON.parse(text), 'the body')
}

const contracts = new WeakMap<Server, Contract | null | Promise<Contract | null>>()

/** Null where the server gives no document. It cannot change: a reload brings other processes. */
function contractOfServer(server: Server, address: string | undefined) {
  const known = contracts.get(server)
  if (known !== undefined) return known
  const asked = ask(server, '/openapi.json', address).then(({ status, body }) => {
    const contract = status === 200 ? contractIn(body) : null
    if (contract !== null || status === 404) contracts.set(server, contract)
    // Refused to this caller or in this moment: the next answer asks again.
    else contracts.delete(server)
    return contract
  })
  contracts.set(server, asked)
  return asked
}

function contractIn(body: Buffer): Contract {
  const document = JSON.parse(body.toString())
  return contractOf(document, schemasOf(document))
}

/** On a connection inside of this process: no other worker takes it, and none is in the way. */
function ask(server: Server, path: string, address: string | undefined): Promise<WireAnswer> {
  const [near, far] = duplexPair()
  // The server asks them of its sockets.
  Object.assign(far, { remoteAddress: address, setTimeout: () => far })
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', far)
  const reader = answerReader(() => 'GET')
  return new Promise((resolve, reject) => {
    near.on('data', (bytes: Buffer) => {
      for (const answer of reader.read(bytes)) resolve(answer)
    })
    near.once('close', () => reject(new Error(`${path} was not answered`)))
    near.once('end', () => near.end())
    near.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  })
}
