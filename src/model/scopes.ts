/** Scopes: what an API key may be used for, in the names that the model has. */

import type { Caller, CallerKey } from '../base/caller.ts'
import { problem } from '../base/errors.ts'
import { ruleOf } from '../declare/row-operation.ts'
import type { Model } from './model.ts'

/** Those of `access`: reading is one of them, however it is asked for. */
const scopeWords = [...new Set(Object.values(ruleOf))]

export type ScopeWord = (typeof scopeWords)[number]

/** Every scope of a model: `orders`, `orders.read`, `checkout`. */
export function scopeNames({
  resources,
  commands,
  queries,
}: Pick<Model, 'resources' | 'commands' | 'queries'>): readonly string[] {
  return [
    ...[...resources.keys()].flatMap(name => [name, ...scopeWords.map(word => scope(name, word))]),
    ...commands.keys(),
    ...queries.keys(),
  ]
}

/** `orders.read`; `word` is null of a command or a query. */
export function scope(part: string, word: ScopeWord | null): string {
  return word === null ? part : `${part}.${word}`
}

/** Whether a key may be used for it. A key without scopes may do what its user may. */
export function isInScope(key: CallerKey | null, part: string, word: ScopeWord | null): boolean {
  if (key === null || key.scopes === null) return true
  return key.scopes.has(part) || (word !== null && key.scopes.has(scope(part, word)))
}

/** Throws `authorise.out-of-scope` where the key of the caller may not be used for it. */
export function demandScope({ apiKey }: Caller, part: string, word: ScopeWord | null): void {
  if (isInScope(apiKey, part, word)) return
  const detail = `It takes the scope ${JSON.stringify(scope(part, word))}.`
  throw problem('authorise.out-of-scope', { detail })
}
