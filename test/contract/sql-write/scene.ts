/** Runs write plans on a real database and looks at what they left there. */

import assert from 'node:assert/strict'

import { system } from '../../../src/base/caller.ts'
import type { Caller } from '../../../src/base/caller.ts'
import { bindWrite, bindWrites, type WriteArguments } from '../../../src/engine/data/bind.ts'
import type { Database, Row, Statement, Transaction } from '../../../src/ports/database.ts'
import type { WriteOutcome, WritePlan, WriteShape } from '../../../src/sql/plan.ts'
import { compileWrite } from '../../../src/sql/write/compile.ts'
import { migratedDatabase } from '../../support/model.ts'
import { library } from './library.ts'

type Values = Readonly<Record<string, unknown>>

/** One row to write; what is left out is null. */
interface Ask {
  readonly id: string
  readonly set?: Values
  readonly caller?: Caller
  readonly version?: number
  readonly key?: string
  readonly hash?: string
}

interface Result {
  readonly outcome: WriteOutcome
  readonly detail: string | null
  readonly body: Values | null
  readonly version: number | null
}

type Runner = Pick<Transaction, 'run'>

interface Options {
  readonly view?: readonly string[]
  readonly merge?: readonly string[]
  readonly waiting?: boolean
  /** Of another connection. */
  readonly on?: Runner
}

/** The plan of a group: its first row decides the shape, and all have one kind of caller. */
export function planOf(
  resource: string,
  form: WriteShape['form'],
  asks: readonly Ask[],
  options: Options = {},
): WritePlan {
  const [first] = asks
  const shape: WriteShape = {
    resource,
    form,
    fields: Object.keys(first?.set ?? {}),
    merge: options.merge ?? [],
    versioned: first?.version !== undefined,
    keyed: first?.key !== undefined,
  }
  const view = { fields: options.view ?? null, expand: [] }
  return compileWrite(library, shape, first?.caller ?? system, view)
}

function rowOf(ask: Ask): WriteArguments {
  return {
    caller: ask.caller ?? system,
    input: {
      id: ask.id,
      values: Object.values(ask.set ?? {}),
      version: ask.version ?? null,
      key: ask.key === undefined ? null : { key: ask.key, hash: ask.hash ?? 'hash' },
      trace: 'trace-1',
    },
  }
}

function statementOf(plan: WritePlan, asks: readonly Ask[], waiting = false): Statement {
  const values = bindWrites(plan, asks.map(rowOf))
  return { text: waiting ? plan.waiting : plan.text, values }
}

/** As the engine does: the form of groups only where that of one row did nothing. */
async function runLone(on: Runner, plan: WritePlan, ask: Ask): Promise<readonly Row[]> {
  if (plan.lone !== null) {
    const rows = await on.run({ text: plan.lone, values: bindWrite(plan, rowOf(ask)) })
    if (rows.length > 0) return rows
  }
  return on.run(statementOf(plan, [ask]))
}

interface Scene {
  readonly database: Database
  /** Results in the order of the rows asked for; each has exactly one. */
  write(
    resource: string,
    form: WriteShape['form'],
    asks: readonly Ask[],
    options?: Options,
  ): Promise<Result[]>
  /** The same for one row, by its own form where the plan has one. */
  one(resource: string, form: WriteShape['form'], ask: Ask, options?: Options): Promise<Result>
  select(text: string, values?: readonly unknown[]): Promise<readonly (readonly unknown[])[]>
  /** Resolves when some backend of this database waits for a lock. */
  blocked(): Promise<void>
  /** Everything logged since the last call, in order. */
  events(): Promise<
    readonly {
      type: string
      key: string
      version: number
      actor: string | null
      data: Values
      before: Values | null
    }[]
  >
}

export async function librarian(): Promise<Scene> {
  const { database } = await migratedDatabase(library)
  let position = '0'
  const pool: Runner = { run: statement => database.run(statement, 'pool') }

  const write: Scene['write'] = async (resource, form, asks, options = {}) => {
    const plan = planOf(resource, form, asks, options)
    const statement = statementOf(plan, asks, options.waiting)
    return resultsOf(asks, await (options.on ?? pool).run(statement))
  }
  const one: Scene['one'] = async (resource, form, ask, options = {}) => {
    const plan = planOf(resource, form, [ask], options)
    if (options.waiting === true) return (await write(resource, form, [ask], options))[0]!
    return resultsOf([ask], await runLone(options.on ?? pool, plan, ask))[0]!
  }
  const resultsOf = (asks: readonly Ask[], rows: readonly Row[]): Result[] => {
    assert.deepEqual(
      rows.map(row => row[0]).toSorted((left, right) => Number(left) - Number(right)),
      asks.map((_, at) => at),
    )
    return rows
      .toSorted((left, right) => Number(left[0]) - Number(right[0]))
      .map(([, outcome, detail, body, version]) => ({
        outcome: outcome as WriteOutcome,
        detail: detail as string | null,
        body: typeof body === 'string' ? (JSON.parse(body) as Values) : null,
        version: version as number | null,
      }))
  }
  const select: Scene['select'] = (text, values = []) => pool.run({ text, values })

  return {
    database,
    write,
    one,
    select,
    async blocked() {
      const text = `select count(*)::int4 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      for (let waiting = 0; waiting === 0;) waiting = Number((await select(text))[0]?.[0])
    },
    async events() {
      const rows = await select(
        `select "position", "type", "key", "version", "actor", "data"::text, "before"::text, "resource", "schema", "trace", "tx"
         from mettle.events where "position" > $1::bigint order by "position"`,
        [position],
      )
      position = (rows.at(-1)?.[0] as string | undefined) ?? position
      return rows.map(([, type, key, version, actor, data, before, resource, schema, trace]) => {
        assert.equal(schema, library.epoch)
        assert.equal(trace, 'trace-1')
        assert.equal(resource, String(type).split('.')[0])
        return {
          type: type as string,
          key: key as string,
          version: version as number,
          actor: actor as string | null,
          data: JSON.parse(data as string) as Values,
          before: before === null ? null : (JSON.parse(before as string) as Values),
        }
      })
    },
  }
}

export function outcomes(results: readonly Result[]): readonly string[] {
  return results.map(({ outcome, detail }) => (detail === null ? outcome : `${outcome} ${detail}`))
}

/** An order for rows that come in any. */
export function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1
}
