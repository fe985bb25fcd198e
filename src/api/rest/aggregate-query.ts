/** The query string of an aggregate, in the words of operations. */

import type { AggregateInput } from '../../engine/operation.ts'
import type { Term } from '../../model/measures.ts'
import { Parameters } from './parameters.ts'
import { readFilter, remember } from './query-string.ts'

/**
 * `select=count(),sum(total)&group=status&status[ne]=cancelled&sum(total)[gte]=100&sort=-count()`.
 * Throws `validate.query` or `wire.invalid-encoding`.
 */
export const parseAggregateQuery = remember(readAggregateQuery)

/** What rows are asked for unless something else is. */
const count: Term = { word: 'count', field: '' }

function readAggregateQuery(query: string): AggregateInput {
  const parameters = new Parameters(query, name => name.endsWith('[in]'))
  const select = parameters.takeWords('select')?.map(readTerm) ?? [count]
  const group = parameters.takeWords('group')?.map(readTerm) ?? []
  const sort = parameters.takeWords('sort') ?? []
  const limit = parameters.take('limit')
  const conditions = parameters.takeRest().map(({ name, values }) => {
    const { field, ...condition } = readFilter(parameters, name, values)
    return { term: readTerm(field), ...condition }
  })
  parameters.finish()
  return {
    select,
    group,
    filters: conditions
      .filter(({ term }) => term.word === null)
      .map(({ term, ...condition }) => ({ ...condition, field: term.field })),
    having: conditions.filter(({ term }) => term.word !== null),
    sort: sort.map(word => {
      const descending = word.startsWith('-')
      return { term: readTerm(descending ? word.slice(1) : word), descending }
    }),
    limit,
  }
}

const termForm = /^(\w+)\(([^()]*)\)$/

function readTerm(text: string): Term {
  const [, word = null, field = text] = termForm.exec(text) ?? []
  return { word, field }
}
