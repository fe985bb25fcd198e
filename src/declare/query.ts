/** `query`: a hand-written read under the same guards and limits as any other. */

import type { Caller } from '../base/caller.ts'
import { access } from './access.ts'
import type { None, Shape, ValuesOf } from './field.ts'
import { code, readDefinition, record, required, rule, shape } from './form.ts'
import type { Options } from './form.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import type { Rule, RuleNode } from './rule.ts'
import { sql } from './sql.ts'
import type { SqlSource } from './sql.ts'

export interface QueryContext {
  readonly caller: Caller
}

interface QueryDefinition<I extends Shape, O extends Shape> {
  readonly input?: I
  /**
   * The fields of a row of the answer; the statement selects a column of the same name for each.
   */
  readonly output: O
  /** No term may need a row. Nobody unless declared. */
  readonly access?: Rule
  /** Must give the same text for inputs that differ in values only, so that its plan is shared. */
  readonly sql: (input: ValuesOf<I>, context: QueryContext) => SqlSource
}

const form = record({
  input: shape,
  output: required(shape),
  access: rule,
  sql: required(code),
} satisfies Options<QueryDefinition<Shape, Shape>>)

export interface Query<
  Name extends string = string,
  I extends Shape = Shape,
  O extends Shape = Shape,
> {
  readonly kind: 'query'
  readonly name: Name
  readonly input: I
  readonly output: O
  readonly access: RuleNode
  readonly sql: (input: never, context: QueryContext) => SqlSource
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
}

export function query<const Name extends string, O extends Shape, I extends Shape = None>(
  name: Name,
  definition: QueryDefinition<I, O>,
): Query<Name, I, O>
export function query(name: string, definition: QueryDefinition<Shape, Shape>): Query {
  const { given, mistakes } = readDefinition(form, definition, { output: {}, sql: () => sql`` })
  return Object.freeze({
    kind: 'query',
    name,
    input: Object.freeze(given.input ?? {}),
    output: Object.freeze(given.output),
    access: given.access?.node ?? access.nobody.node,
    sql: given.sql,
    mistakes,
    declaredAt: declaredAt(query),
  })
}
