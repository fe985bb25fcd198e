/** What a word was given and could not take, kept in the declaration until the model tells it. */

interface Placed {
  /** Below the declaration, as a path: `.access.raed`, `.indexes[0]`. */
  readonly place: string
}

export type Mistake = Placed &
  (
    | { readonly kind: 'unknown'; readonly name: string; readonly known: readonly string[] }
    | { readonly kind: 'missing'; readonly wanted: string }
    | { readonly kind: 'wrong'; readonly wanted: string; readonly found: string }
  )

export function inside(step: string, mistakes: readonly Mistake[]): readonly Mistake[] {
  return mistakes.map(mistake => Object.freeze({ ...mistake, place: step + mistake.place }))
}

export function wrong(wanted: string, value: unknown): readonly Mistake[] {
  return [Object.freeze({ kind: 'wrong', place: '', wanted, found: described(value) })]
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const named = 'kind' in value && 'name' in value
  return named ? `${String(value.kind)} ${JSON.stringify(value.name)}` : 'an object'
}
