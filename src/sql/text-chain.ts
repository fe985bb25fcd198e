/**
 * Texts chained by `||`, with as few links as can be: PostgreSQL copies the text so far at each.
 */

import { join, literal, type Fragment } from './fragment.ts'

/** A fragment that is a chain of texts: constants, and expressions that give text. */
interface TextChain extends Fragment {
  readonly parts: readonly (string | Fragment)[]
}

/**
 * Chains in the chain are taken apart and constants side by side become one (12 % of a list of 20
 * rows).
 */
export function chain(parts: readonly (string | Fragment)[]): TextChain {
  const merged: (string | Fragment)[] = []
  for (const part of parts.flatMap(each => (isChain(each) ? each.parts : [each]))) {
    const last = merged.at(-1)
    if (part === '') continue
    if (typeof part === 'string' && typeof last === 'string')
      merged[merged.length - 1] = last + part
    else merged.push(part)
  }
  const texts = merged.map(part => (typeof part === 'string' ? literal(part) : part))
  const { kind, pieces } = join(texts, ' || ')
  return { kind, pieces, parts: merged }
}

function isChain(part: string | Fragment): part is TextChain {
  return typeof part !== 'string' && 'parts' in part
}
