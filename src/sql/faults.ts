/** What is wrong with the parameters of a read, collected so that all of it is told at once. */

import { problem, type Fault } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { FilterOperator } from '../declare/rule.ts'

export class QueryFaults {
  readonly #faults: Fault[] = []

  add(parameter: string, code: string, detail: string): void {
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

/** `a, b, c`, cut where it gets long. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, limits.faultsReportedMax)
  return shown.length === names.length ? names.join(', ') : `${shown.join(', ')}, …`
}
