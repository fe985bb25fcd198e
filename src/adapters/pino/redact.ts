/** Texts without what nobody but their owner may read. */

export type Redact = (text: string) => string

const mark = '[redacted]'

/** Shorter values are words of every text. */
const secretCharsMin = 8

/** In texts of drivers and of user code, whoever wrote them. */
const forms: readonly (readonly [form: RegExp, replacement: string])[] = [
  // the password of a URL, and its query, which may hold a token
  [/\b([a-z][a-z\d+.-]*:\/\/)[^\s/?#@]*(?:@[^\s/?#@]*)*@/gi, `$1${mark}@`],
  [/\b([a-z][a-z\d+.-]*:\/\/[^\s?#"'<>]*)\?[^\s"'<>]*/gi, `$1?${mark}`],
  [/\b(bearer|basic) +[\w.~+/=-]{6,}/gi, `$1 ${mark}`],
  // API keys, whole or cut; in a URL the letter of an escape may stand before them (`%3Dmtl_…`)
  [/mtl_[\w-]{12,}/g, mark],
  // JSON Web Tokens, there too
  [/eyJ[\w-]*\.[\w-]+\.[\w-]*/g, mark],
  [
    /\b([\w-]*(?:password|passwd|secret|token|api[-_]?key|authorization|cookie)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|(?:\[redacted\]|[^\s,;&})\]])+)/gi,
    `$1${mark}`,
  ],
]

/** `secrets`: values that never leave, wherever they stand: those of the settings. */
export function createRedact(secrets: readonly string[]): Redact {
  const known = secrets
    .filter(secret => secret.length >= secretCharsMin)
    .flatMap(secret => [secret, encodeURIComponent(secret)])
  return text => {
    let clean = text
    for (const secret of known) clean = clean.replaceAll(secret, mark)
    for (const [form, replacement] of forms) clean = clean.replaceAll(form, replacement)
    return clean
  }
}
