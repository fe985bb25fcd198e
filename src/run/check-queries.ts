/** The SQL of declared queries, looked at by PostgreSQL before anybody asks for it. */

import type { Caller } from '../base/caller.ts'
import type { SqlSource } from '../declare/sql.ts'
import type { Model, QueryModel } from '../model/model.ts'
import { sampleInputs } from '../model/sample.ts'
import { type Database, DatabaseError } from '../ports/database.ts'
import { compileQuery } from '../sql/query.ts'
import { BackendFileError } from './backend-file.ts'

/**
 * Rejects with `BackendFileError` that lists every query whose SQL PostgreSQL cannot run. A query
 * whose text depends on values that cannot be foreseen, or whose function takes no sample, is left
 * to its first caller.
 */
export async function checkQueries(
  database: Pick<Database, 'transaction'>,
  model: Model,
): Promise<void> {
  const faults: string[] = []
  for (const query of model.queries.values()) {
    const said = await firstFault(database, query)
    if (said !== null) faults.push(`  ${query.name}: ${said}`)
  }
  if (faults.length === 0) return
  const [subject, verb] = faults.length === 1 ? ['a query', 'is'] : ['queries', 'are']
  throw new BackendFileError(
    [`The SQL of ${subject} cannot be run; correct what ${verb} declared:`, ...faults].join('\n'),
  )
}

async function firstFault(
  database: Pick<Database, 'transaction'>,
  query: QueryModel,
): Promise<string | null> {
  for (const text of textsOf(query)) {
    const said = await faultIn(database, text)
    if (said !== null) return said
  }
  return null
}

/** A text that two inputs share does not hold what cannot be foreseen. */
function textsOf(query: QueryModel): ReadonlySet<string> {
  const texts = new Set<string>()
  for (const [one, other] of sampleInputs(query.input)) {
    const text = textFor(query, one)
    if (text !== null && text === textFor(query, other)) texts.add(text)
  }
  return texts
}

const somebody: Caller = {
  kind: 'user',
  id: '00000000-0000-7000-8000-000000000000',
  roles: [],
  tenant: null,
  session: null,
  apiKey: null,
}

/** Null where the function does not take the input. */
function textFor(query: QueryModel, input: object): string | null {
  try {
    const source: SqlSource = Reflect.apply(query.sql, undefined, [input, { caller: somebody }])
    return compileQuery(query, source).plan.text
  } catch {
    return null
  }
}

/** Syntax, names and types (class 42), and what PostgreSQL does not support. */
const ofStatement = /^(?:42|0A)/

async function faultIn(
  database: Pick<Database, 'transaction'>,
  text: string,
): Promise<string | null> {
  try {
    await database.transaction(
      { isolation: 'read committed', readOnly: true },
      async transaction => {
        await transaction.run({ text: `prepare "mettle_check" as ${text}`, values: [] })
        await transaction.run({ text: 'deallocate "mettle_check"', values: [] })
      },
    )
    return null
  } catch (error) {
    if (error instanceof DatabaseError && ofStatement.test(error.sqlState ?? ''))
      return error.message
    throw error
  }
}
