/** Equality of types, for the type tests of this folder: the compiler checks them, nothing runs. */

/** True when neither type can be told from the other, also by `any`. */
export type Same<A, B> =
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- makes the test exact
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Whether the type is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false

/** `holds<Same<A, B>>()` does not compile unless A and B are the same. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- nothing to infer it from
export function holds<Claim extends true>(claim?: Claim): void {
  void claim
}
