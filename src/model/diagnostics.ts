/**
 * Mistakes in a declaration: each with a code, its place and the mend, all of them told at once.
 */

/** Stable, so that tools can explain them. */
type DiagnosticCode =
  | 'name-form'
  | 'name-length'
  | 'name-reserved'
  | 'name-taken'
  | 'unknown-part'
  | 'unknown-reference'
  | 'unknown-field'
  | 'unknown-role'
  | 'no-identity'
  | 'option'
  | 'unknown-option'
  | 'missing-option'
  | 'wrong-option'
  | 'default'
  | 'bounds'
  | 'index'
  | 'inverse'
  | 'link'
  | 'rule'
  | 'rule-needs-row'
  | 'rule-cycle'
  | 'rule-without-index'
  | 'declared-error'

export interface Diagnostic {
  readonly code: DiagnosticCode
  /** `products.fields.price`: parts by their names in `parts`. */
  readonly place: string
  readonly message: string
  /** What to write instead. */
  readonly hint: string
  /** `/path/backend.ts:14:25` of the part, null where it is not known. */
  readonly at: string | null
}

/** Thrown by `buildModel`; the message is ready for a terminal. */
export class DeclarationError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  /** `where`: `the declaration of backend "shop"`. */
  constructor(where: string, diagnostics: readonly Diagnostic[]) {
    super(renderDiagnostics(where, diagnostics))
    this.name = 'DeclarationError'
    this.diagnostics = diagnostics
  }
}

function renderDiagnostics(where: string, diagnostics: readonly Diagnostic[]): string {
  const count = diagnostics.length === 1 ? '1 mistake' : `${diagnostics.length} mistakes`
  const lines = [`${count} in ${where}`]
  for (const { code, place, message, hint, at } of diagnostics) {
    lines.push('', `${place} [${code}]`, `  ${message}`, `  -> ${hint}`)
    if (at !== null) lines.push(`  at ${at}`)
  }
  return lines.join('\n')
}

/** Collects the mistakes of one part; `inside` walks down the place. */
export class Reporter {
  readonly #found: Diagnostic[]
  readonly #at: string | null
  readonly place: string

  constructor(found: Diagnostic[], at: string | null, place: string) {
    this.#found = found
    this.#at = at
    this.place = place
  }

  inside(...names: readonly string[]): Reporter {
    return new Reporter(this.#found, this.#at, [this.place, ...names].join('.'))
  }

  report(code: DiagnosticCode, message: string, hint: string): void {
    this.#found.push(Object.freeze({ code, place: this.place, message, hint, at: this.#at }))
  }
}
