/** A Database port whose answers the test gives: what was sent together is the evidence. */

import type { Caller } from '../../../src/base/caller.ts'
import type { Observation } from '../../../src/base/observe.ts'
import { createData } from '../../../src/engine/data/create-data.ts'
import type { DataOptions } from '../../../src/engine/data/create-data.ts'
import type { WriteInput } from '../../../src/engine/data/data.ts'
import type { Model } from '../../../src/model/model.ts'
import { DatabaseError } from '../../../src/ports/database.ts'
import type { Database, Route, Row, Statement } from '../../../src/ports/database.ts'
import type { ReadPlan, WriteOutcome, WritePlan } from '../../../src/sql/plan.ts'

interface Sent {
  readonly statement: Statement
  readonly route: Route | 'transaction'
  answer(rows: readonly Row[]): void
  fail(error: unknown): void
}

export interface ScriptedDatabase extends Database {
  readonly sent: readonly Sent[]
  /** The next statement that has not been asked for yet, as soon as it is sent. */
  next(): Promise<Sent>
  /** How each transaction ended. */
  readonly ends: readonly ('commit' | 'rollback')[]
}

function scriptedDatabase(): ScriptedDatabase {
  const sent: Sent[] = []
  const ends: ('commit' | 'rollback')[] = []
  let asked = 0
  let wake: (() => void) | null = null
  const run = (statement: Statement, route: Sent['route']): Promise<readonly Row[]> =>
    new Promise((resolve, reject) => {
      const { each = null } = statement
      const give = (rows: readonly Row[]) => {
        if (each === null) return resolve(rows)
        rows.forEach(each)
        resolve([])
      }
      sent.push({ statement, route, answer: give, fail: reject })
      wake?.()
    })
  return {
    sent,
    ends,
    run: (statement, route) => run(statement, route),
    next: async () => {
      const mine = asked++
      while (sent.length <= mine) await new Promise<void>(resolve => (wake = resolve))
      return sent[mine]!
    },
    transaction: async (_, work) => {
      try {
        const done = await work({ run: statement => run(statement, 'transaction') })
        ends.push('commit')
        return done
      } catch (error) {
        ends.push('rollback')
        throw error
      }
    },
    session: () => Promise.reject(new Error('no session is scripted')),
    ping: () => Promise.resolve(),
    levels: () => ({ read: idle, write: idle, scan: idle, pool: idle }),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  }
}

export const emptyModel: Model = {
  name: 'empty',
  resources: new Map(),
  commands: new Map(),
  queries: new Map(),
  hooks: [],
  limits: [],
  identity: null,
  epoch: '000000000000',
  wire: null,
}

const idle = { open: 0, busy: 0, waiting: 0 }

/** A data service on a scripted database, with what it observed. */
export function scriptedData(limits: DataOptions['limits'] = {}) {
  const database = scriptedDatabase()
  const observations: Observation[] = []
  const told = { commits: 0 }
  const data = createData({
    model: emptyModel,
    database,
    clock: { now: Date.now, monotonic: () => performance.now() },
    random: count => new Uint8Array(count),
    observe: observation => observations.push(observation),
    committed: () => void told.commits++,
    limits,
  })
  return { database, data, observations, told }
}

export const pointPlan: ReadPlan = {
  kind: 'read',
  key: 'products one',
  resource: 'products',
  form: 'one',
  text: 'alone',
  parameters: [
    { source: { from: 'value', at: 0 }, type: 'uuid' },
    { source: { from: 'caller' }, type: 'uuid' },
  ],
  order: [],
  bounded: true,
  batch: 'together',
  tag: 'tag',
  foreign: false,
  declared: false,
}

export const updatePlan: WritePlan = {
  kind: 'write',
  key: 'products update stock',
  resource: 'products',
  form: 'update',
  text: 'group',
  waiting: 'waiting',
  lone: null,
  mayBeBusy: false,
  parameters: [
    { source: { from: 'number' }, type: 'int4[]' },
    { source: { from: 'id' }, type: 'uuid[]' },
    { source: { from: 'caller' }, type: 'uuid[]' },
    { source: { from: 'field', name: 'stock', at: 0 }, type: 'int4[]' },
  ],
  tag: 'tag',
  foreign: false,
  bounded: true,
}

export function user(id: string): Caller {
  return { kind: 'user', id, roles: [], tenant: null, session: null, apiKey: null }
}

export function change(id: string, stock: number, key: string | null = null): WriteInput {
  return {
    id,
    values: [stock],
    version: null,
    key: key === null ? null : { key, hash: `hash of ${stock}` },
    trace: 'trace',
  }
}

/** A row of a write's answer. */
export function answer(number: number, outcome: WriteOutcome, version = 1): Row {
  return [number, outcome, null, outcome === 'done' ? '{}' : null, version]
}

export function refused(
  sqlState: string,
  details: { constraint?: string; table?: string } = {},
): DatabaseError {
  return new DatabaseError('refused', `refused with ${sqlState}`, { sqlState, ...details })
}

/** Lets everything run that is ready to run. */
export function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(() => setImmediate(resolve)))
}
