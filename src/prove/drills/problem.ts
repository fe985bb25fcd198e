/** Every refusal that the API can be brought to: its form, and what it gives away. */

import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { toldOfInside } from '../internals.ts'
import { endpointsOf } from '../model/endpoints.ts'
import { takeTour } from '../model/tour.ts'
import { rawExchange } from '../raw-exchange.ts'

/** An answer that is no success. */
interface Refusal {
  readonly about: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly hasBody: boolean
}

export default drill({
  id: 'problem',
  group: 'observability',
  promise: 'api.errors',
  reach: 'outside',
  claim: 'Every error is a well-formed problem and says nothing of what is inside',
  explained: {
    does: 'the same requests, and some that are no HTTP; counts refusals that are no well-formed problem (RFC 9457), answers of 500, and answers that tell of stacks, paths, statements or secrets',
    bar: 'no answer is a defect, malformed, or tells of the inside',
    asks: 'an operation of the API',
    seconds: 6,
  },
  needs: model => (endpointsOf(model).length > 0 ? null : 'the API has no operation'),
  async attack(context) {
    const { service, progress } = context
    progress('asking for every operation, rightly and wrongly')
    const stops = await takeTour(context)
    const refused = stops.flatMap(({ request, reply }): Refusal[] => {
      const { status, headers, text } = reply
      const about = `${request.method ?? ''} ${request.path.slice(0, 60)}`
      const hasBody = request.method !== 'HEAD'
      return status === null || status < 400 ? [] : [{ about, status, headers, text, hasBody }]
    })
    progress('sending what is no HTTP')
    // Before a backend that is not ours may stand something that answers such bytes itself.
    const raw = service.own ? await sendBytes(context) : []
    const refusals = [...refused, ...raw]
    const malformed = refusals.flatMap(refusal => {
      const fault = faultOf(refusal)
      return fault === null ? [] : [`${refusal.about} ${refusal.status}: ${fault}`]
    })
    const secrets = service.own
      ? [service.secret, new URL(service.records.url).pathname.slice(1)]
      : []
    const answers = [...stops.map(({ reply }) => reply), ...raw.map(asReply)]
    const telling = answers.flatMap(answer => toldOfInside(answer, secrets) ?? [])
    const defects = refusals.filter(({ status }) => status >= 500 && status !== 503)
    return {
      attack: `${answers.length} requests to every operation, wrong in every way that has an answer of its own, and ${raw.length} that are no HTTP${service.own ? '' : ' (only to a node of the runner itself)'}`,
      size: refusals.length,
      inFlight: null,
      figures: {
        refusals: refusals.length,
        codes: new Set(refusals.map(({ text }) => codeIn(text))).size,
        defects: defects.length,
        malformed: malformed.length,
        telling: telling.length,
        found:
          [...malformed, ...telling, ...defects.map(({ about }) => about)].slice(0, 3).join('; ') ||
          'nothing',
      },
    }
  },
  judge: ({ defects, malformed, telling, found }) => [
    ...(defects === 0 ? [] : [`${defects} requests were answered as defects: ${found}`]),
    ...(malformed === 0 ? [] : [`${malformed} errors are no well-formed problems: ${found}`]),
    ...(telling === 0 ? [] : [`${telling} answers tell of what is inside: ${found}`]),
  ],
})

function asReply({ text, headers }: Refusal) {
  const plain = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { text, headers: Object.fromEntries(plain) }
}

function codeIn(text: string): unknown {
  try {
    return Reflect.get(Object(JSON.parse(text)), 'code')
  } catch {
    return null
  }
}

/** What is wrong with it as a problem (RFC 9457), as ours are; null: nothing. */
function faultOf({ status, headers, text, hasBody }: Refusal): string | null {
  if (headers['content-type'] !== 'application/problem+json') {
    return `it is ${String(headers['content-type'])}`
  }
  if (String(headers['cache-control']) !== 'no-store') return 'it may be cached'
  if (typeof headers['x-request-id'] !== 'string') return 'it has no X-Request-Id'
  if (status === 401 && headers['www-authenticate'] === undefined) return 'it has no challenge'
  if ((status === 429 || status === 503) && headers['retry-after'] === undefined) {
    return 'it does not say when to come again'
  }
  if (status === 405 && headers['allow'] === undefined) return 'it does not say what is allowed'
  if (!hasBody) return text === '' ? null : 'a HEAD has a body'
  let body: object
  try {
    body = Object(JSON.parse(text))
  } catch {
    return 'its body is no JSON'
  }
  const member = (name: string): unknown => Reflect.get(body, name)
  const missing = ['type', 'title', 'code', 'hint'].find(
    name => typeof member(name) !== 'string' || member(name) === '',
  )
  if (missing !== undefined) return `it has no ${missing}`
  if (member('status') !== status) return 'it names another status'
  if (member('requestId') !== headers['x-request-id']) return 'it names another request'
  return null
}

const host = 'Host: 127.0.0.1\r\nConnection: close\r\n'
const long = 'a'.repeat(70_000)

/** What no client of HTTP would send. */
const bytes: Readonly<Record<string, string>> = {
  'no HTTP': 'HELO there\r\n\r\n',
  'no version': `GET /\r\n${host}\r\n`,
  'no host': 'GET /api/v1/batch HTTP/1.1\r\nConnection: close\r\n\r\n',
  'long headers': `GET / HTTP/1.1\r\n${host}X-Long: ${long}\r\n\r\n`,
  'a bad header': `GET / HTTP/1.1\r\n${host}X Y: 1\r\n\r\n`,
  'two lengths': `POST /api/v1/batch HTTP/1.1\r\n${host}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
  'length and chunks': `POST /api/v1/batch HTTP/1.1\r\n${host}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a bad chunk': `POST /api/v1/batch HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n`,
  'a bad path': `GET http:// HTTP/1.1\r\n${host}\r\n`,
}

async function sendBytes({ service }: AttackContext): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = []
  for (const [about, text] of Object.entries(bytes)) {
    const answer = await rawExchange(service.url, text)
    const refusal = parsed(about, answer ?? '')
    if (refusal !== null) refusals.push(refusal)
  }
  return refusals
}

/** The first answer, as far as it is none of success; null: there was none. */
function parsed(about: string, answer: string): Refusal | null {
  const end = answer.indexOf('\r\n\r\n')
  const [first = '', ...lines] = answer.slice(0, Math.max(end, 0)).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  if (!(status >= 400)) return null
  const headers = Object.fromEntries(
    lines.map(line => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
  const length = Number(headers['content-length'] ?? 0)
  return { about, status, headers, text: answer.slice(end + 4, end + 4 + length), hasBody: true }
}
