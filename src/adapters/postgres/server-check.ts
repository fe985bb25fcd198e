/** What the server must be before anything is trusted to it. */

import { DatabaseError } from '../../ports/database.ts'
import type { Connection } from './connection.ts'

export interface ServerFacts {
  /** `180004` is 18.4. */
  readonly versionNumber: number
  readonly version: string
  /** A replica: it refuses writes. */
  readonly recovering: boolean
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  readonly transactionPooled: boolean
}

interface ServerFault {
  /** `unusable`: nothing works right. `not-durable`: an acknowledged write can be lost. */
  readonly kind: 'unusable' | 'not-durable'
  readonly message: string
}

const versionNumberMin = 180_000

/** Asks through two connections of one process. */
export async function readServer(first: Connection, second: Connection): Promise<ServerFacts> {
  const transactionPooled = await isTransactionPooled(first, second)
  const [row = []] = await first.run({ text: question, values: [] })
  return {
    versionNumber: Number(row[0]),
    version: String(row[1]),
    recovering: row[2] === true,
    fsync: String(row[3]),
    fullPageWrites: String(row[4]),
    synchronousCommit: String(row[5]),
    transactionPooled,
  }
}

const question = `select current_setting('server_version_num'), current_setting('server_version'),
  pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes'),
  current_setting('synchronous_commit')`

/** Every fault at once; none means that the server may be used. */
export function serverFaults(facts: ServerFacts): readonly ServerFault[] {
  return checks
    .filter(check => check.isFaulty(facts))
    .map(({ kind, message }) => ({ kind, message: message(facts) }))
}

interface Check {
  readonly kind: ServerFault['kind']
  readonly isFaulty: (facts: ServerFacts) => boolean
  readonly message: (facts: ServerFacts) => string
}

const checks: readonly Check[] = [
  {
    kind: 'unusable',
    isFaulty: facts => facts.versionNumber < versionNumberMin,
    message: facts => `PostgreSQL ${facts.version} is too old: Mettle needs version 18 or later.`,
  },
  {
    kind: 'unusable',
    isFaulty: facts => facts.transactionPooled,
    message: () =>
      'A pooler gives out another server connection for each transaction, which breaks prepared statements and advisory ' +
      'locks: connect to PostgreSQL directly, or set the pooler to session pooling.',
  },
  {
    kind: 'unusable',
    isFaulty: facts => facts.recovering,
    message: () => 'The server is a replica and takes no writes: give the address of the primary.',
  },
  ...durability('fsync', facts => facts.fsync),
  ...durability('full_page_writes', facts => facts.fullPageWrites),
  ...durability('synchronous_commit', facts => facts.synchronousCommit),
]

function durability(setting: string, read: (facts: ServerFacts) => string): readonly Check[] {
  return [
    {
      kind: 'not-durable',
      isFaulty: facts => read(facts) === 'off',
      message: () =>
        `${setting} is off, so a crash can lose writes that were acknowledged: turn it on.`,
    },
  ]
}

const mark = `select set_config('mettle.probe', $1, false)`
const readMark = `select current_setting('mettle.probe', true)`

/**
 * A session setting made through the first connection must be seen through the first only. While
 * the second holds a transaction, a transaction pooler serves it from the marked server connection,
 * or the first from another one.
 */
async function isTransactionPooled(first: Connection, second: Connection): Promise<boolean> {
  const token = `probe-${process.pid}-${Math.random()}`
  await first.run({ text: mark, values: [token] })
  const seen = (await second.answer({ text: readMark, values: [] }, ['begin'])).rows
  try {
    if (seen[0]?.[0] === token) return true
    return (await first.run({ text: readMark, values: [] }))[0]?.[0] !== token
  } finally {
    await second.answer({ text: 'rollback', values: [] })
  }
}

/** Why the server is refused. */
export function refusal(faults: readonly ServerFault[]): DatabaseError {
  return new DatabaseError('unavailable', faults.map(fault => fault.message).join('\n'))
}
