/**
 * Reads the request target (RFC 9112, 3.2): path and raw query string, and strict percent-decoding.
 */

import { problem } from '../../base/errors.ts'

interface Target {
  readonly path: string
  /** Without `?`. */
  readonly query: string
}

/**
 * Origin form (`/path?query`), absolute form (`http://host/path`), and `*` as a path of its own.
 * Throws `wire.url-too-long` or `wire.malformed-request`. The host of an
 * absolute form is ignored: no route depends on it.
 */
export function parseTarget(target: string, charsMax: number): Target {
  if (target.length > charsMax)
    throw problem('wire.url-too-long', { detail: `A URL has at most ${charsMax} bytes.` })
  if (target.includes('#')) {
    throw problem('wire.malformed-request', { detail: 'A fragment has no place in a request.' })
  }
  const local = target.charCodeAt(0) === 0x2f ? target : localPart(target)
  const mark = local.indexOf('?')
  if (mark === -1) return { path: local, query: '' }
  return { path: local.slice(0, mark), query: local.slice(mark + 1) }
}

function localPart(target: string): string {
  if (target === '*') return target
  const absolute = /^https?:\/\/[^/?]+(.*)$/i.exec(target)
  if (absolute === null)
    throw problem('wire.malformed-request', { detail: 'The request target is no path.' })
  const rest = absolute[1]!
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Percent-decodes a query name or value, `+` as a space. Throws `wire.invalid-encoding`. */
export function decodeQueryPart(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw problem('wire.invalid-encoding', {
      detail: 'The query string is not percent-encoded UTF-8.',
    })
  }
}
