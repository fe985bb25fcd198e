/** Header values of requests, read strictly. */

/** The value of the first cookie of that name; null where there is none. */
export function cookieValue(header: string | undefined, name: string): string | null {
  if (header === undefined) return null
  let at = header.indexOf(`${name}=`)
  while (at > 0 && header[at - 1] !== ' ' && header[at - 1] !== ';')
    at = header.indexOf(`${name}=`, at + 1)
  if (at === -1) return null
  const end = header.indexOf(';', at)
  return header.slice(at + name.length + 1, end === -1 ? undefined : end).trim()
}

const bearerForm = /^bearer +([\w.~+/-]+=*) *$/i

/** The token of `Authorization: Bearer`; null for no header and for other schemes. */
export function bearerToken(header: string | undefined): string | null {
  return header === undefined ? null : (bearerForm.exec(header)?.[1] ?? null)
}

const requestIdForm = /^[\w.~-]{8,128}$/

/** An incoming X-Request-Id goes on if it can do no harm in a log or a header. */
export function saneRequestId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && requestIdForm.test(header) ? header : null
}

const traceForm = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/

/** The trace id of a traceparent header (W3C Trace Context); null where it is none. */
export function traceIdOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' ? (traceForm.exec(header)?.[1] ?? null) : null
}

/**
 * Members of a list header with their weights (RFC 9110, 12.4.2), lower case; a faulty weight
 * counts as 0.
 */
export function weightedList(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const member of header.split(',')) {
    const [name = '', ...parameters] = member.split(';').map(part => part.trim().toLowerCase())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2))
    if (name !== '') weights.set(name, value >= 0 && value <= 1 ? value : 0)
  }
  return weights
}
