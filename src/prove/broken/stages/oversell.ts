/** Locks take nothing, and unique indexes are gone. */

import type { Database, Statement, Transaction } from '../../../ports/database.ts'
import { broken } from '../broken.ts'

const lock = /\s+for (?:no key )?update(?: of (?:"[^"]+"|\w+))?/g

function unlocked(statement: Statement): Statement {
  return { ...statement, text: statement.text.replace(lock, '') }
}

function through(transaction: Transaction): Transaction {
  return { run: statement => transaction.run(unlocked(statement)) }
}

/** Two nodes may drop the same index: the second finds none. */
const dropUnique = `do $$ declare each record; begin
  for each in select indexrelid::regclass as name from pg_index
    join pg_class on pg_class.oid = indrelid join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'public' and indisunique and not indisprimary
  loop execute format('drop index if exists %s', each.name); end loop;
end $$`

/** The indexes go with the first change of a row: a node looks at its tables before it starts. */
function withoutLocks(database: Database): Database {
  let dropped: Promise<unknown> | null = null
  const drop = () =>
    (dropped ??= database.session(session => session.run({ text: dropUnique, values: [] })))
  return {
    start: () => database.start(),
    stop: () => database.stop(),
    async run(statement, route, signal) {
      if (route === 'write' && statement.text.includes('insert into "mettle"."events"'))
        await drop()
      return database.run(unlocked(statement), route, signal)
    },
    transaction: (options, work, signal) =>
      database.transaction(options, transaction => work(through(transaction)), signal),
    session: work => database.session(work),
    ping: () => database.ping(),
    levels: () => database.levels(),
  }
}

export default broken('rows are not locked, and nothing is unique', { database: withoutLocks })
