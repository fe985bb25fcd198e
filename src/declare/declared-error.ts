/** Errors that a command or hook declares, and the `fail` that raises them. */

import { mapOf, number, record, required, shape, text } from './form.ts'
import type { Options } from './form.ts'
import type { None, Shape, ValuesOf, InputOfShape } from './field.ts'

export interface DeclaredError {
  /** HTTP status, 400 to 499. */
  readonly status: number
  readonly title: string
  /** What the problem carries as its member `data`. */
  readonly data?: Shape
}

export type DeclaredErrors = Readonly<Record<string, DeclaredError>>

export const errorsForm = mapOf(
  record({
    status: required(number),
    title: required(text),
    data: shape,
  } satisfies Options<DeclaredError>),
  'an object of errors',
)

/**
 * `fail.outOfStock({ left: 3 })`: ends the command, undoes its transaction, answers the declared
 * problem.
 */
export type Fail<E extends DeclaredErrors> = {
  readonly [K in keyof E]: E[K] extends { readonly data: infer S extends Shape }
    ? (data: InputOfShape<S>) => never
    : () => never
}

/** The members of a declared error as a client reads them. */
export type ErrorDataOf<E extends DeclaredError> = E extends {
  readonly data: infer S extends Shape
}
  ? ValuesOf<S>
  : None
