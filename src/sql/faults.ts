/** What is wrong with the parameters of a read, collected so that all of it is told at once. */

import { problem, type Fault } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { FilterOperator } from '../declare/rule.ts'
import { suggestion } from '../model/suggest.ts'

/** The `code` of one faulty parameter, beside those of faulty values (`faultCodes`); stable. */
export const queryFaultCodes = {
  'unknown-parameter': 'There is no such parameter here.',
  'unknown-field': 'There is no such field, or the caller may not read it in every row.',
  'unknown-operator': 'The field cannot be compared so.',
  'unknown-sort': 'There is nothing of this name to sort by.',
  'unknown-measure': 'There is no such figure or span, or the field has none of this kind.',
  'unknown-expand': 'There is nothing of this name to expand.',
  'unindexed-sort': 'No index gives this order.',
  'not-expanded': 'A field is chosen of rows that are not expanded.',
  'empty-name': 'Between two commas stands nothing.',
  duplicate: 'The same thing is asked for twice.',
  'not-boolean': 'The parameter is true or false.',
  'too-many': 'There are too many conditions, sorts, figures or groups.',
  'too-deep': 'Related rows are expanded too many steps away.',
  'too-many-lists': 'Too many lists stand in each other.',
} as const

export type QueryFaultCode = keyof typeof queryFaultCodes

export class QueryFaults {
  readonly #faults: Fault[] = []

  add(parameter: string, code: QueryFaultCode, detail: string): void {
    if (this.#faults.length < limits.faultsReportedMax)
      this.#faults.push({ parameter, code, detail })
  }

  /** Throws the `validate.query` problem, if there is anything to tell. */
  raise(): void {
    if (this.#faults.length > 0) throw problem('validate.query', { errors: this.#faults })
  }
}

/** The parameter as it stands in a URL: `price[gte]`. */
export function filterParameter(field: string, operator: FilterOperator): string {
  return operator === 'eq' ? field : `${field}[${operator}]`
}

/** ` (did you mean "a"?); there are a, b.`: what follows a name that is unknown. */
export function insteadOf(asked: string, names: readonly string[]): string {
  return `${suggestion(asked, names)}; there are ${listed(names)}.`
}

/** `a, b, c`, cut where it gets long. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, limits.faultsReportedMax)
  return shown.length === names.length ? names.join(', ') : `${shown.join(', ')}, …`
}
