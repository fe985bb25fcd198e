/**
 * Which passwords are accepted: long enough, not known to every guesser, not made of the context
 * (NIST SP 800-63B).
 */

import { limits } from '../../base/limits.ts'
import type { Faults } from '../../model/faults.ts'
import common from './common-passwords.json' with { type: 'json' }

const commonPasswords: ReadonlySet<string> = new Set(common.passwords)

/** A word of the context shorter than this is in too many good passwords to count. */
const contextWordCharsMin = 4

/**
 * The one form of a password that is hashed and compared: two keyboards may compose a letter in two
 * ways. Nothing is cut off.
 */
export function normalisePassword(password: string): string {
  return password.normalize('NFKC')
}

/**
 * Holds a new, normalised password against the policy. No rule of composition: length and rarity
 * are what counts. `context` holds texts that a guesser tries first: the e-mail address, the name
 * of the service.
 */
export function checkPassword(
  password: string,
  context: readonly string[],
  place: string,
  faults: Faults,
): void {
  const { passwordCharsMin, passwordCharsMax } = limits
  const length = Array.from(password).length
  const folded = password.toLowerCase()
  if (length < passwordCharsMin) {
    faults.add(place, 'too-short', `must have at least ${passwordCharsMin} characters`)
  } else if (length > passwordCharsMax) {
    faults.add(place, 'too-long', `must have at most ${passwordCharsMax} characters`)
  } else if (commonPasswords.has(folded)) {
    faults.add(place, 'too-common', 'is one of the first that every guesser tries')
  } else if (isMadeOf(folded, contextWords(context))) {
    faults.add(place, 'too-easy', 'is little more than your e-mail or the name of this service')
  }
}

/** The texts and their parts, the longest first, so that a whole is taken away before its parts. */
function contextWords(context: readonly string[]): readonly string[] {
  const whole = context.map(text => text.toLowerCase())
  const words = new Set([...whole, ...whole.flatMap(text => text.split(/[^\p{L}\p{N}]+/u))])
  return [...words]
    .filter(word => word.length >= contextWordCharsMin)
    .toSorted((one, other) => other.length - one.length)
}

/** Whether less than half of a legal password is left without the words. */
function isMadeOf(password: string, words: readonly string[]): boolean {
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password)
  return rest.length < limits.passwordCharsMin / 2
}
