/** The bytes of a connection's answers, taken apart: HTTP/1.1 as RFC 9112 has it. */

/** An answer as it stood on the wire, its body as it was coded. */
export interface WireAnswer {
  readonly status: number
  /** By lower-case name; a name that came again has a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer
}

interface AnswerReader {
  /** Gives the final answers that are complete by now. Throws for what is no answer. */
  read(bytes: Buffer): readonly WireAnswer[]
}

/** `nextMethod` names the method that the next answer is to; null: nobody's request was read. */
export function answerReader(nextMethod: () => string | null): AnswerReader {
  let pending: Buffer = none

  function next(): WireAnswer | null {
    const headEnd = pending.indexOf('\r\n\r\n')
    if (headEnd === -1) return null
    const { status, headers } = headOf(pending.toString('latin1', 0, headEnd))
    const rest = pending.subarray(headEnd + 4)
    const found = hasNoBody(status, nextMethod()) ? { body: none, length: 0 } : body(headers, rest)
    if (found === null) return null
    pending = rest.subarray(found.length)
    return { status, headers, body: found.body }
  }

  return {
    read(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
      const answers: WireAnswer[] = []
      for (let answer = next(); answer !== null; answer = next())
        if (answer.status >= 200) answers.push(answer)
      return answers
    },
  }
}

const none = Buffer.alloc(0)

function headOf(text: string): Pick<WireAnswer, 'status' | 'headers'> {
  const [first = '', ...lines] = text.split('\r\n')
  const status = /^HTTP\/1\.[01] (\d{3}) /.exec(first)?.[1]
  if (status === undefined) throw new Error(`no status line: ${first.slice(0, 100)}`)
  const headers: Record<string, string | string[]> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === '') throw new Error(`no header: ${line.slice(0, 100)}`)
    const before = headers[name.toLowerCase()]
    headers[name.toLowerCase()] = before === undefined ? value : [before, value].flat()
  }
  return { status: Number(status), headers }
}

function hasNoBody(status: number, method: string | null): boolean {
  return method === 'HEAD' || status < 200 || status === 204 || status === 304
}

interface Found {
  readonly body: Buffer
  /** Of its bytes on the wire. */
  readonly length: number
}

/** Null while more is to come. */
function body(headers: WireAnswer['headers'], rest: Buffer): Found | null {
  if (headers['transfer-encoding'] === 'chunked') return chunks(rest)
  const length = Number(headers['content-length'])
  if (!Number.isInteger(length)) throw new Error('a body of no known length')
  return rest.length < length ? null : { body: rest.subarray(0, length), length }
}

function chunks(rest: Buffer): Found | null {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(size)) throw new Error('a chunk of no known size')
    const end = lineEnd + 2 + size
    if (rest.length < end + 2) return null
    if (size === 0) return { body: Buffer.concat(parts), length: end + 2 }
    parts.push(rest.subarray(lineEnd + 2, end))
    at = end + 2
  }
}
