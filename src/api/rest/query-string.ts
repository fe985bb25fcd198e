/** What the query string of each kind of path says, in the words of operations. */

import { limits } from '../../base/limits.ts'
import { filterOperators, type FilterOperator } from '../../declare/rule.ts'
import { wholeView } from '../../engine/operation.ts'
import type { FilterInput, ListInput, View } from '../../engine/operation.ts'
import { suggestion } from '../../model/suggest.ts'
import { Parameters } from './parameters.ts'
import { takeView } from './view.ts'

interface ListQuery {
  readonly list: ListInput
  readonly view: View
}

/**
 * Query strings come again and again (`expand=lines.product`), so what they say is kept: nothing is
 * parsed twice and the same string gives the same frozen objects. Each of these throws
 * `validate.query` or `wire.invalid-encoding`.
 */
export const parseListQuery = remember(readListQuery)

/** `fields=name,price&expand=lines.product` and nothing else. */
export const parseViewQuery = remember(readViewQuery)

/** Where a path takes no parameters at all. */
export function refuseQuery(query: string): void {
  if (query !== '') new Parameters(query, () => false).finish()
}

/** The parameters of a declared query: text by name. */
export function parseInputQuery(query: string): Readonly<Record<string, unknown>> {
  const parameters = new Parameters(query, () => false)
  const input = parameters.takeRest().map(({ name, values }) => [name, values[0]])
  parameters.finish()
  return Object.fromEntries(input)
}

/** Longer strings are rare and would let a flood of them fill the memory. */
const rememberedCharsMax = 200

export function remember<Result>(read: (query: string) => Result): (query: string) => Result {
  const known = new Map<string, Result>()
  return query => {
    const earlier = known.get(query)
    if (earlier !== undefined) return earlier
    const result = read(query)
    if (query.length > rememberedCharsMax) return result
    if (known.size >= limits.queryStringsCachedMax) known.clear()
    known.set(query, result)
    return result
  }
}

function readViewQuery(query: string): View {
  if (query === '') return wholeView
  const parameters = new Parameters(query, () => false)
  const view = takeView(parameters)
  parameters.finish()
  return view
}

/**
 * Only `in` is said by repeating a parameter; any other second value would be a guess which of them
 * counts.
 */
function readListQuery(query: string): ListQuery {
  const parameters = new Parameters(query, name => name.endsWith('[in]'))
  const view = takeView(parameters)
  const sort = parameters.takeWords('sort') ?? []
  const limit = parameters.take('limit')
  const after = parameters.take('after')
  const total = takeFlag(parameters, 'withTotal')
  const filters = parameters
    .takeRest()
    .map(({ name, values }) => readFilter(parameters, name, values))
  parameters.finish()
  return { list: { filters, sort: sort.map(readSort), limit, after, total }, view }
}

function takeFlag(parameters: Parameters, name: string): boolean {
  const text = parameters.take(name)
  if (text !== null && text !== 'true' && text !== 'false')
    parameters.fault(name, 'not-boolean', `${name} is true or false.`)
  return text === 'true'
}

function readSort(word: string): ListInput['sort'][number] {
  const descending = word.startsWith('-')
  return { field: descending ? word.slice(1) : word, descending }
}

const filterForm = /^([^[\]]+)(?:\[([^[\]]+)\])?$/
const operators: ReadonlySet<string> = new Set(filterOperators)

export function readFilter(
  parameters: Parameters,
  name: string,
  values: readonly string[],
): FilterInput {
  const [, field = name, operator = 'eq'] = filterForm.exec(name) ?? [name, name, '?']
  if (isOperator(operator))
    return { field, operator, value: operator === 'in' ? values : values[0] }
  const known = filterOperators.join(', ')
  const near = suggestion(operator, filterOperators)
  const detail = `A filter is field=value or field[operator]=value with one of ${known}${near}.`
  parameters.fault(name, 'unknown-operator', detail)
  return { field, operator: 'eq', value: '' }
}

function isOperator(text: string): text is FilterOperator {
  return operators.has(text)
}
