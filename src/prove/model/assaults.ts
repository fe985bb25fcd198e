/** Requests that are too large, each in its own way, for any model. */

import { apiPath } from '../../model/names.ts'
import type { Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import { deedsOf, type Proven } from './deeds.ts'
import { matching } from './pattern.ts'

export interface Assault {
  readonly name: string
  /** The request line and the headers. */
  readonly head: string
  /** Sent again and again, until so many bytes have gone or the connection is cut. */
  readonly unit: string
  readonly bytes: number
  readonly chunked: boolean
  /** What it may be answered. */
  readonly expected: readonly number[]
}

type Headers = Readonly<Record<string, string>>

const mebibyte = 2 ** 20
const flood = { unit: ' ', bytes: 64 * mebibyte }
const json = { 'content-type': 'application/json' }

/** `proven` says who may send what where: nobody is refused before his size is looked at. */
export async function assaultsOf(
  { service, model, random }: AttackContext,
  { deed, caller }: Proven,
): Promise<readonly Assault[]> {
  const known = { host: new URL(service.url).host, ...(await caller.headers()) }
  const post = (headers: Headers, path = deed.path) =>
    headOf(`POST ${path}`, { ...known, ...json, ...headers })
  const whole = (name: string, body: string, path = deed.path): Assault => {
    const bytes = Buffer.byteLength(body)
    const head = post({ 'content-length': String(bytes) }, path)
    return { name, head, unit: body, bytes: body.length, chunked: false, expected: [400, 422] }
  }
  const get = (
    name: string,
    target: string,
    expected: readonly number[],
    headers: Headers = {},
  ): Assault => {
    const head = headOf(`GET ${target}`, { ...known, ...headers })
    return { name, head, unit: ' ', bytes: 0, chunked: false, expected }
  }
  const announced = post({ 'content-length': String(1_024 * mebibyte) })
  const endless = post({ 'transfer-encoding': 'chunked' })
  const coded = post({ 'content-encoding': 'gzip', 'content-length': '1000' })
  const [first] = model.resources.keys()
  const list = `${apiPath}/${first ?? ''}`
  return [
    { name: 'a body of 1 GiB', head: announced, ...flood, chunked: false, expected: [413] },
    { name: 'a body without end', head: endless, ...flood, chunked: true, expected: [413] },
    {
      name: 'a compressed body',
      head: coded,
      unit: '0',
      bytes: 1_000,
      chunked: false,
      expected: [415],
    },
    whole('400,000 brackets', '['.repeat(400_000)),
    whole('900,000 digits', `{"a":${'9'.repeat(900_000)}}`),
    whole('80,000 names', namesBody(80_000)),
    ...slowTexts(model, random.fork('patterns')).map(({ name, path, body }) =>
      whole(name, body, path),
    ),
    get('a header of 64 KiB', '/health/live', [431], { 'x-large': 'x'.repeat(65_536) }),
    get('a path of 10 KiB', `/${'x'.repeat(10_240)}`, [414]),
    get('2,000 parameters', `${list}?${'a=1&'.repeat(2_000)}`, refusals),
    get('a page of a billion', `${list}?limit=1000000000`, refusals),
  ]
}

/** Who may not read at all is told that first. */
const refusals = [400, 401, 403, 422]

function headOf(line: string, headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line} HTTP/1.1\r\n${lines.join('')}\r\n`
}

function namesBody(count: number): string {
  return `{${Array.from({ length: count }, (_, at) => `"${at.toString(36)}":1`).join(',')}}`
}

const textCharsMax = 5_000

/**
 * For each declared pattern a text that nearly matches, as long as may be: where a pattern can be
 * matched in many ways, all of them are tried before it is refused.
 */
function slowTexts(model: Model, random: AttackContext['random']) {
  return deedsOf(model).flatMap(({ name, path, fields }) =>
    fields.flatMap(field => {
      const { pattern, max } = field.bounds
      if (pattern === null) return []
      const length = Math.min(Number(max ?? textCharsMax), textCharsMax)
      const sample = matching(pattern, random) || 'a'
      const text = sample.repeat(Math.ceil(length / sample.length)).slice(0, length - 1)
      const body = JSON.stringify({ [field.name]: `${text}\u0001` })
      return [{ name: `a text for ${name}.${field.name}`, path, body }]
    }),
  )
}
