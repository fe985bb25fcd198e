/** The mistakes that the words of a declaration kept, told in words. */

import type { Mistake } from '../declare/mistake.ts'
import type { Seed } from '../declare/seed.ts'
import { DeclarationError, Reporter } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { suggestion } from './suggest.ts'

/** Whatever a word made. */
interface Declared {
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
}

type Tellers = {
  readonly [K in Mistake['kind']]: (
    mistake: Extract<Mistake, { readonly kind: K }>,
    reporter: Reporter,
  ) => void
}

const tellers: Tellers = {
  unknown({ name, known }, reporter) {
    reporter.report(
      'unknown-option',
      `there is no option ${JSON.stringify(name)}${suggestion(name, known)}`,
      `use some of ${known.join(', ')}`,
    )
  },
  missing({ wanted }, reporter) {
    reporter.report('missing-option', 'it is missing', `give ${wanted}`)
  },
  wrong({ wanted, found }, reporter) {
    reporter.report('wrong-option', `${found} stands in its place`, `give ${wanted}`)
  },
}

export function diagnosticsOf(place: string, declared: Declared): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  for (const mistake of declared.mistakes) {
    tell(mistake, new Reporter(found, declared.declaredAt, place + mistake.place))
  }
  return found
}

function tell<K extends Mistake['kind']>(
  mistake: Extract<Mistake, { readonly kind: K }> & { readonly kind: K },
  reporter: Reporter,
): void {
  tellers[mistake.kind](mistake, reporter)
}

/** Throws a `DeclarationError`. A seed is no part of a backend, so no model is built of it. */
export function checkSeed(seed: Seed): void {
  const found = diagnosticsOf('seed', seed)
  if (found.length > 0) throw new DeclarationError('the seed', found)
}
