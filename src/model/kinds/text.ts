/** Text: Unicode without U+0000, measured in characters (code points). */

import { limits } from '../../base/limits.ts'
import type { Faults } from '../faults.ts'
import type { FieldModel } from '../model.ts'
import { bounded, itself, loadItself, orderedFilters } from './kind.ts'
import type { Kind } from './kind.ts'

export const text: Kind = {
  filters: [...orderedFilters, 'contains', 'startsWith'],
  postgresType: () => 'text collate pg_c_utf8',
  check,
  parse: check,
  encode: itself,
  load: loadItself,
  store: check,
  schema: ({ bounds }) =>
    bounded(
      { type: 'string' },
      {
        minLength: bounds.min,
        maxLength: bounds.max ?? limits.textCharsMax,
        pattern: bounds.pattern,
      },
    ),
}

function check(field: FieldModel, json: unknown, place: string, faults: Faults): unknown {
  if (typeof json !== 'string') return faults.add(place, 'type', 'must be a string')
  if (!checkCharacters(json, place, faults)) return undefined
  const { min, max, pattern } = field.bounds
  const least = Number(min ?? 0)
  const most = Number(max ?? limits.textCharsMax)
  // A code point takes one or two units, so most texts need no count.
  if (json.length < 2 * least || json.length > most) {
    const length = countCharacters(json, most)
    if (length < least) faults.add(place, 'too-short', `must have at least ${least} characters`)
    if (length > most) faults.add(place, 'too-long', `must have at most ${most} characters`)
  }
  if (pattern !== null && !patternOf(pattern).test(json)) {
    faults.add(place, 'pattern', `must match ${pattern}`)
  }
  return json
}

/** Whether PostgreSQL can keep the text. */
export function checkCharacters(value: string, place: string, faults: Faults): boolean {
  if (value.includes('\0')) {
    faults.add(place, 'nul', 'may not hold the character U+0000')
    return false
  }
  if (!value.isWellFormed()) {
    faults.add(place, 'surrogate', 'may not hold half of a surrogate pair')
    return false
  }
  return true
}

function countCharacters(value: string, enough: number): number {
  if (value.length > 2 * enough) return value.length
  let count = 0
  for (const _ of value) count++
  return count
}

const patterns = new Map<string, RegExp>()

/** Bounded by the number of declared patterns. */
function patternOf(source: string): RegExp {
  let compiled = patterns.get(source)
  if (compiled === undefined) {
    compiled = new RegExp(source, 'u')
    patterns.set(source, compiled)
  }
  return compiled
}
