/**
 * Throttled guessing: who has failed to sign in how often, counted in PostgreSQL, so exact over all
 * nodes.
 */

import { createHash } from 'node:crypto'

import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import type { Statement } from '../../ports/database.ts'
import { addressKey } from '../limit/address.ts'
import type { Run } from './run.ts'

/**
 * Three counts for each attempt. `pair` is one account from one address: a guesser waits twice as
 * long after each failure, and nobody else does. `address` holds back a machine that tries many
 * accounts. `account` refuses nobody, or a stranger could lock its owner out; an account that fails
 * much leaves each address fewer free attempts.
 */
interface Subjects {
  readonly address: string
  readonly pair: string
  readonly account: string
}

interface Attempt {
  /**
   * The password was right: the pair starts anew and the others forget this attempt. A right guess
   * never excuses wrong ones.
   */
  succeed(): Promise<void>
  /** The password was not looked at: nobody counts it. */
  withdraw(): Promise<void>
}

export interface Attempts {
  /**
   * Counts an attempt before the password is looked at, so that attempts at the same moment cannot
   * slip through together. Rejects with `limit.exceeded` while the pair or the address must wait.
   */
  begin(account: string, address: string): Promise<Attempt>
}

export function createAttempts(run: Run): Attempts {
  return {
    async begin(account, address) {
      const subjects = subjectsOf(account, address)
      const [row] = await run({ text: beginText, values: valuesOf(subjects) }, 'write')
      if (row![0] !== true) {
        throw problem('limit.exceeded', {
          detail: 'Too many attempts to sign in.',
          retryAfterSeconds: Number(row![1]),
          members: { 'violated-policies': ['attempts'] },
        })
      }
      const end = async (text: string) => {
        await run({ text, values: valuesOf(subjects) }, 'write')
      }
      return { succeed: () => end(succeedText), withdraw: () => end(withdrawText) }
    },
  }
}

/** Accounts are hashed: what strangers type is neither kept nor of any length. */
function subjectsOf(account: string, address: string): Subjects {
  const who = createHash('sha256').update(account).digest('base64url')
  const where = addressKey(address)
  return { address: `address ${where}`, pair: `pair ${who} ${where}`, account: `account ${who}` }
}

const forgotten = `interval '${limits.attemptsForgottenMs} milliseconds'`

/** Failures with this one. */
const failures = `case when known.last_at <= now() - ${forgotten} then 1 else known.failures + 1 end`

/**
 * Until when to wait after so many failures, of which `free` cost nothing; long ago where that is
 * not at all.
 */
function blockedUntil(count: string, free: string): string {
  const doublings = `least((${count}) - (${free}), 30)`
  const delayMs = `least(${limits.attemptDelayMsMax}, ${limits.attemptDelayMs} * power(2, ${doublings}))`
  return `case when (${count}) < (${free}) then 'epoch' else now() + ${delayMs} * interval '1 millisecond' end`
}

/**
 * One more failure of subject `$n`, unless it must wait: then no row comes back and nothing that
 * follows is counted.
 */
function countText(parameter: string, free: string, after: string): string {
  return `insert into "mettle"."attempts" as known ("subject", "failures", "last_at", "blocked_until")
  select ${parameter}::text, 1, now(), ${blockedUntil('1', free)}${after}
  on conflict ("subject") do update set
    "failures" = ${failures},
    "last_at" = now(),
    "blocked_until" = ${blockedUntil(failures, free)}
  where known.blocked_until <= now()
  returning 1`
}

const freeForPair = `(select case when failures >= ${limits.attemptsFreeForAccount}
  then ${limits.attemptsFreeForPairUnderAttack} else ${limits.attemptsFreeForPair} end from heat)`

/**
 * Each count is taken only after the one before it, always address, pair, account: so no two
 * attempts can wait for each other, and who is refused raises no count that belongs to somebody
 * else. ON CONFLICT decides on the newest version of a row, so attempts at the same moment queue up
 * and see each other.
 */
const beginText = `with heat as (
  select coalesce(max(failures), 0) as failures from "mettle"."attempts"
  where "subject" = $3::text and "last_at" > now() - ${forgotten}
), by_address as (
  ${countText('$1', `${limits.attemptsFreeForAddress}`, '')}
), by_pair as (
  ${countText('$2', freeForPair, ' from by_address')}
), by_account as (
  ${countText('$3', '2147483647', ' from by_pair')}
)
select
  exists (select from by_account),
  coalesce((
    select ceil(extract(epoch from max("blocked_until") - now())) from "mettle"."attempts"
    where "subject" in ($1::text, $2::text) and "blocked_until" > now()
  ), 1)::int`

const lower = (parameter: string) =>
  `update "mettle"."attempts" set "failures" = greatest("failures" - 1, 0), "blocked_until" = 'epoch'
  where "subject" = ${parameter}::text`

/** In the same order as `beginText`; `count(*)` is there to wait for the one before. */
function endText(pair: string): string {
  return `with by_address as (
  ${lower('$1')} returning 1
), by_pair as (
  ${pair} and (select count(*) from by_address) >= 0 returning 1
)
${lower('$3')} and (select count(*) from by_pair) >= 0`
}

const succeedText = endText(`delete from "mettle"."attempts" where "subject" = $2::text`)
const withdrawText = endText(lower('$2'))

function valuesOf({ address, pair, account }: Subjects): readonly string[] {
  return [address, pair, account]
}

/** Forgets what is too old to count. */
export const pruneAttempts: Statement = {
  text: `delete from "mettle"."attempts" where "last_at" <= now() - ${forgotten}`,
  values: [],
}
