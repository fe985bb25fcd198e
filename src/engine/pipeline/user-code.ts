/** Calling the functions of a declaration. */

/**
 * The declaration's types promised the function its arguments and what it gives back; the model has
 * forgotten the arguments.
 */
export function callUser<Result>(
  declared: (...given: never[]) => Result,
  ...given: readonly unknown[]
): Result {
  return Reflect.apply(declared, undefined, given)
}
