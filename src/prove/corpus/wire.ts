/** Bytes that are no HTTP/1.1, or that two servers would cut up differently (RFC 9112). */

/** `smuggled` is the head of a request that must not be answered. */
export function wireVectors(
  path: string,
  smuggled: string,
): readonly (readonly [name: string, bytes: string])[] {
  const post = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
  const chunked = `${post}Transfer-Encoding: chunked\r\n`
  const length = Buffer.byteLength(smuggled)
  return [
    [
      'a length, then chunks',
      `${post}Content-Length: ${length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['chunks, then a length', `${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`],
    ['two lengths', `${post}Content-Length: 0\r\nContent-Length: ${length}\r\n\r\n${smuggled}`],
    ['a list of lengths', `${post}Content-Length: 0, ${length}\r\n\r\n${smuggled}`],
    ['a length with a sign', `${post}Content-Length: +0\r\n\r\n${smuggled}`],
    ['a length in hex', `${post}Content-Length: 0x0\r\n\r\n${smuggled}`],
    ['a space before the colon', `${post}Content-Length : 0\r\n\r\n${smuggled}`],
    ['chunked twice', `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'chunked, not last',
      `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['chunked in disguise', `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['chunked behind a tab', `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['a faulty chunk size', `${chunked}\r\n0x0\r\n\r\n${smuggled}`],
    ['a chunk of another size', `${chunked}\r\n1\r\n{}\r\n0\r\n\r\n${smuggled}`],
    ['a huge chunk size', `${chunked}\r\nffffffffffffffff1\r\n${smuggled}`],
    ['a folded header', `${post}X-A: 1\r\n Content-Length: 0\r\n\r\n${smuggled}`],
    ['bare line feeds', `GET ${path} HTTP/1.1\nHost: a\n\n${smuggled}`],
    ['a bare carriage return', `${post}X-A: 1\rContent-Length: 0\r\n\r\n${smuggled}`],
    ['a NUL in a header', `${post}X-A: 1\x002\r\n\r\n${smuggled}`],
    ['no host', `GET ${path} HTTP/1.1\r\n\r\n`],
    ['two hosts', `GET ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
    ['no method', `${path} HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
    ['an unknown version', `GET ${path} HTTP/9.9\r\nHost: a\r\n\r\n${smuggled}`],
    ['the start of TLS', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${smuggled}`],
    ['a target of blanks', `GET / a HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`],
    ['a header without a name', `GET ${path} HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n${smuggled}`],
  ]
}
