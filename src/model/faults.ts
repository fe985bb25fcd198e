/** What is wrong with an input: every faulty place at once, up to a bound. */

import { problem } from '../base/errors.ts'
import type { Fault, Problem } from '../base/errors.ts'
import { limits } from '../base/limits.ts'

/** The `code` of one faulty place; stable, so that messages can be translated. */
export const faultCodes = {
  required: 'The value is missing.',
  null: 'The value may not be null.',
  type: 'The value has the wrong JSON type.',
  format: 'The text is not in the form that the field takes.',
  unknown: 'There is no such field.',
  'read-only': 'The field is set by the engine.',
  'too-short': 'The text is too short, or the list has too few items.',
  'too-long': 'The text is too long, or the list has too many items.',
  'too-small': 'The number is below the least allowed.',
  'too-large': 'The number is above the greatest allowed.',
  pattern: 'The text does not match the pattern.',
  choice: 'The value is none of the choices.',
  precision: 'The number has too many digits.',
  scale: 'The number has too many digits after the point.',
  nul: 'Text may not hold the character U+0000.',
  surrogate: 'Text may not hold half of a surrogate pair.',
  'inexact-number': 'The number cannot be kept exactly.',
  'too-deep': 'The document is nested too deeply.',
  'too-big': 'The document takes too many bytes.',
  'forbidden-key': 'A document may not have this key.',
  'too-common': 'Too many people have this password.',
  'too-easy': 'The password is made of what a guesser knows.',
  reference: 'There is no such row, or the caller may not read it.',
  'no-result': 'The result of the earlier operation has no such value.',
} as const

export type FaultCode = keyof typeof faultCodes

/** The codes of places that are faulty only beside other rows, or for this caller. */
export const rowFaultCodes = {
  taken: 'Another row has this value.',
  denied: 'The caller may not write this field.',
} as const

export type RowFaultCode = keyof typeof rowFaultCodes

/**
 * Collects the faults of one body (places are JSON Pointers) or of one query string (places are
 * parameter names).
 */
export class Faults {
  readonly list: Fault[] = []
  readonly #of: 'body' | 'query'

  constructor(of: 'body' | 'query') {
    this.#of = of
  }

  /** Beyond `limits.faultsReportedMax` a fault still makes the input invalid but is not listed. */
  add(place: string, code: FaultCode, detail: string): void {
    if (this.full) return
    this.list.push(
      this.#of === 'body' ? { pointer: place, code, detail } : { parameter: place, code, detail },
    )
  }

  get any(): boolean {
    return this.list.length > 0
  }

  get full(): boolean {
    return this.list.length >= limits.faultsReportedMax
  }

  /** Throws `validate.invalid` or `validate.query` when there is any fault. */
  throwIfAny(): void {
    if (this.any) throw this.problem()
  }

  problem(): Problem {
    return problem(this.#of === 'body' ? 'validate.invalid' : 'validate.query', {
      errors: this.list,
    })
  }
}
