/** Buckets in PostgreSQL: exact over all machines that share the database. */

import { limits } from '../../base/limits.ts'
import { costOf, readOutcomes } from '../../ports/buckets.ts'
import type { SharedBuckets, TakeBatch } from '../../ports/buckets.ts'
import type { Database, Statement } from '../../ports/database.ts'
import { runOwnWrite } from '../data/own-write.ts'
import type { Chore } from '../upkeep/upkeep.ts'

type Runs = Pick<Database, 'run'>

/** One statement a batch, on a table that writes no log. */
export function databaseBuckets(database: Runs): SharedBuckets {
  return {
    async take(batch) {
      // what many machines take from at the same moment may be locked for longer
      const [row] = await runOwnWrite(database, takeStatement(batch))
      return readOutcomes(batch, JSON.parse(String(row![0])))
    },
  }
}

const takeText = `select array_to_json("mettle"."take_buckets"(
  $1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], $6::integer[]))::text`

function takeStatement({ buckets, groups }: TakeBatch): Statement {
  return {
    text: takeText,
    values: [
      buckets.map(({ key }) => key),
      buckets.map(({ quota }) => quota),
      buckets.map(costOf),
      groups.map(({ requests }) => requests),
      groups.map(group => group.buckets.length),
      groups.flatMap(group => group.buckets.map(place => place + 1)),
    ],
  }
}

/** The chore that forgets full buckets: what is not there is full. */
export function forgettingBuckets(database: Runs): Chore {
  const rowsMax: number = limits.upkeepRowsMax
  return {
    name: 'buckets',
    async run(signal) {
      const statement = { text: forgetText, values: [rowsMax] }
      for (let rows = rowsMax; rows === rowsMax && !signal.aborted;) {
        rows = (await database.run(statement, 'pool')).length
      }
    },
  }
}

/** A bucket that somebody takes from meanwhile has moved to another place, and stays. */
const forgetText = `delete from "mettle"."buckets" where ctid = any(array(
  select ctid from "mettle"."buckets"
  where "full_ms" < extract(epoch from now()) * 1000 limit $1::integer)) returning 1`
