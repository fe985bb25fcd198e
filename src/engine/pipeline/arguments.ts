/** The input of commands and queries: checked, with defaults, as user code sees it. */

import { Faults } from '../../model/faults.ts'
import { compileArguments } from '../../model/input.ts'
import type { Reading } from '../../model/kinds/codec.ts'
import type { CommandModel, QueryModel } from '../../model/model.ts'
import type { RequestFacts } from './engine.ts'

type Declared = CommandModel | QueryModel

/** From a URL (`parse`), a body (`check`) or a hook (`store`). Throws `validate.*`. */
export function readArguments(
  declared: Declared,
  reading: Reading,
  input: unknown,
  facts: RequestFacts,
): Record<string, unknown> {
  const faults = new Faults(reading === 'parse' ? 'query' : 'body')
  const given = { caller: facts.caller.id, nowMs: facts.nowMs }
  const values = readerOf(declared)(input, reading, faults, given)
  faults.throwIfAny()
  return values
}

/** How values came that a request brought. */
export const readingOf = { text: 'parse', json: 'check' } as const

const compiled = new WeakMap<Declared, ReturnType<typeof compileArguments>>()

/** Compiled on first use. */
function readerOf(declared: Declared): ReturnType<typeof compileArguments> {
  let reader = compiled.get(declared)
  if (reader === undefined) compiled.set(declared, (reader = compileArguments(declared.input)))
  return reader
}
