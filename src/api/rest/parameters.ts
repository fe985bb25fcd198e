/** The parameters of a query string, decoded and bounded, and the faults found in them. */

import { problem, type Fault } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { suggestion } from '../../model/suggest.ts'
import type { QueryFaultCode } from '../../sql/faults.ts'
import { decodeQueryPart } from '../http/target.ts'

/** Takes the parameters out one by one; what is left at the end is a stranger. */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>
  readonly #left: Set<string>
  readonly #known: string[] = []
  readonly #faults: Fault[] = []

  /**
   * `repeats` tells which names may stand more than once. Throws `wire.invalid-encoding` and
   * `validate.query`.
   */
  constructor(query: string, repeats: (name: string) => boolean) {
    const values = new Map<string, string[]>()
    for (const [name, value] of decodePairs(query)) {
      const earlier = values.get(name)
      if (earlier === undefined) values.set(name, [value])
      else if (repeats(name)) earlier.push(value)
      else this.fault(name, 'duplicate', 'It may be given only once.')
    }
    this.#values = values
    this.#left = new Set(values.keys())
  }

  /** The only value; null where the parameter is absent. */
  take(name: string): string | null {
    this.#left.delete(name)
    this.#known.push(name)
    return this.#values.get(name)?.[0] ?? null
  }

  /**
   * The words of a comma-separated parameter; null where it is absent. Empty and repeated words are
   * faults.
   */
  takeWords(name: string): readonly string[] | null {
    const text = this.take(name)
    if (text === null) return null
    const words = text.split(',')
    if (words.includes('')) this.fault(name, 'empty-name', 'Separate names by single commas.')
    if (new Set(words).size < words.length) this.fault(name, 'duplicate', 'A name stands twice.')
    return words
  }

  /** Everything that was not taken yet. */
  takeRest(): readonly { readonly name: string; readonly values: readonly string[] }[] {
    const rest = [...this.#left].map(name => ({ name, values: this.#values.get(name) ?? [] }))
    this.#left.clear()
    return rest
  }

  fault(parameter: string, code: QueryFaultCode, detail: string): void {
    this.#faults.push({ parameter: parameter.slice(0, 100), code, detail })
  }

  /** Throws `validate.query` with all that was found, strangers too. */
  finish(): void {
    for (const { name } of this.takeRest()) {
      const near = suggestion(name, this.#known)
      this.fault(name, 'unknown-parameter', `There is no such parameter here${near}.`)
    }
    if (this.#faults.length === 0) return
    throw problem('validate.query', { errors: this.#faults.slice(0, limits.faultsReportedMax) })
  }
}

function* decodePairs(query: string): Generator<readonly [string, string]> {
  if (query === '') return
  const pairs = query.split('&', limits.queryParametersMax + 1)
  if (pairs.length > limits.queryParametersMax) {
    throw problem('validate.query', {
      detail: `A query string has at most ${limits.queryParametersMax} parameters.`,
    })
  }
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    if (equals === -1) yield [decodeQueryPart(pair), '']
    else yield [decodeQueryPart(pair.slice(0, equals)), decodeQueryPart(pair.slice(equals + 1))]
  }
}
