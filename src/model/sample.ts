/** Inputs to try a declaration with, before anybody has sent one. */

import type { FieldKind } from '../declare/field.ts'
import { codec } from './kinds/index.ts'
import type { FieldModel } from './model.ts'

/** Two values of a kind, canonical; the same one twice where each value is worth a try. */
type Pair = readonly [one: unknown, other: unknown]

const nobody = '00000000-0000-7000-8000-000000000001'
const nobodyElse = '00000000-0000-7000-8000-000000000002'

const pairs: Readonly<Record<FieldKind, (field: FieldModel, last: boolean) => Pair>> = {
  text: () => ['a', 'b'],
  integer: () => [1, 2],
  bigint: () => ['1', '2'],
  decimal: () => ['1', '2'],
  boolean: (_field, last) => [last, last],
  date: () => ['2000-01-01', '2000-01-02'],
  timestamp: () => ['2000-01-01T00:00:00.000Z', '2000-01-02T00:00:00.000Z'],
  uuid: () => [nobody, nobodyElse],
  ref: () => [nobody, nobodyElse],
  choice({ values }, last) {
    const value = values?.at(last ? -1 : 0)
    return [value, value]
  },
  document: () => [{}, {}],
  list: () => [[], []],
  object: () => [{}, {}],
}

interface Variant {
  /** With values for optional fields, else null. */
  readonly optional: boolean
  /** The last of the choices and true, else the first and false. */
  readonly last: boolean
}

/**
 * As user code sees them: two inputs for each way of giving what is optional and choosing. They
 * differ in every value that is not one of a few.
 */
export function sampleInputs(
  fields: readonly FieldModel[],
): readonly (readonly [one: object, other: object])[] {
  const variants: readonly Variant[] = [
    { optional: false, last: false },
    { optional: true, last: false },
    { optional: true, last: true },
  ]
  return variants.map(variant => [inputOf(fields, variant, 0), inputOf(fields, variant, 1)])
}

function inputOf(fields: readonly FieldModel[], variant: Variant, side: 0 | 1): object {
  const values = fields.map(field => {
    const given = variant.optional || !field.optional
    return [field.name, given ? pairs[field.kind](field, variant.last)[side] : null]
  })
  return codec.loadShape(fields, Object.fromEntries(values))
}
