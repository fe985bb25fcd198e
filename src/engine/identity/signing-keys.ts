/**
 * The keys that sign access tokens: made, sealed, renewed and shared by all nodes through
 * PostgreSQL.
 */

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JWK, JWK_OKP_Public } from 'jose'

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import type { Row, Statement } from '../../ports/database.ts'
import { auditInsert, auditValues } from '../audit/audit.ts'
import type { Data } from '../data/data.ts'
import type { Run } from './run.ts'
import { deriveKey, seal, unseal } from './secret.ts'

export const signingAlgorithm = 'EdDSA'

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

export interface SigningKeys {
  /** Loads the keys and makes one where there is none to come. */
  start(): Promise<void>
  /** The key to sign with now. */
  current(): Promise<SigningKey>
  /** The public key of a `kid`; null where it signs nothing that is still good. */
  find(kid: string): Promise<CryptoKey | null>
  /** As RFC 7517 says: every key whose tokens may still be valid, and the one to come. */
  published(): Promise<{ readonly keys: readonly JWK[] }>
  /**
   * Retires all keys: the next is made by whoever serves and comes to sign when all know it.
   * `compromised` ones verify nothing from now on, and the next one signs at once. Gives their
   * kids; needs no secret.
   */
  retire(compromised: boolean): Promise<readonly string[]>
  /** Makes the next key in time, also where nobody asks for one, and forgets those of no use. */
  keep(): Promise<void>
}

/** What one look at the table gives. */
interface Loaded {
  /** Null only before the first key is made. */
  readonly signing: SigningKey | null
  readonly verifying: ReadonlyMap<string, CryptoKey>
  readonly published: readonly JWK[]
  /** Whether no key is there that will still sign when those that sign now are retired. */
  readonly lacksNext: boolean
}

const nothing: Loaded = { signing: null, verifying: new Map(), published: [], lacksNext: true }

/**
 * How long a retired key is still known: tokens that it signed live out their time, on all nodes.
 */
const retiredKept = `interval '${limits.accessTokenSeconds * 2} seconds'`
const notice = `interval '${limits.signingKeyNoticeMs} milliseconds'`
const renewedAfter = `interval '${limits.signingKeyDays} days'`

/** `signs`: not retired yet; `stays`: neither retired nor about to be; `known`: to all nodes. */
const select = `select "kid", "private", "public",
  "retired_at" is null or "retired_at" > now() as "signs",
  "retired_at" is null and "created_at" > now() - ${renewedAfter} as "stays",
  "created_at" <= now() - ${notice} as "known"
from "mettle"."signing_keys"
where "retired_at" is null or "retired_at" > now() - ${retiredKept}
order by "created_at" desc, "kid"`

/** Nodes that start together make one key, not one each. */
const lock = `select pg_advisory_xact_lock(hashtextextended('mettle.signing_keys', 0))`

/** The next key signs from then on. */
const giveNotice = `update "mettle"."signing_keys" set "retired_at" = now() + ${notice}
where "retired_at" is null`

const insert = `with made as (
  insert into "mettle"."signing_keys" ("kid", "algorithm", "private", "public")
  values ($1::text, '${signingAlgorithm}', $2::text, $3::jsonb)
  returning "kid", null::uuid as "user_id"
)
${auditInsert(4, 'made', { detail: `jsonb_build_object('key', "source"."kid")` })}`

const made = auditValues({ kind: 'signing-key.made', actor: null, from: null })

/** `$1`: whether the keys are compromised. */
const retireText = `with gone as (
  delete from "mettle"."signing_keys" where $1::bool returning "kid"
), noticed as (
  ${giveNotice} and not $1::bool returning "kid"
), retired as (
  select * from gone union all select * from noticed
), noted as (
  ${auditInsert(
    2,
    `(select null::uuid as "user_id", jsonb_agg("kid") as "kids" from retired having count(*) > 0)`,
    {
      detail: `jsonb_build_object('keys', "source"."kids")`,
    },
  )}
)
select "kid" from retired`

const forget = `delete from "mettle"."signing_keys" where "retired_at" <= now() - ${retiredKept}`

/**
 * Private keys are sealed with a key made from METTLE_SECRET, so a copy of the database signs
 * nothing. A key that cannot be opened (the secret was changed) does not count as one that signs.
 * What a node knows is at most `limits.signingKeyReloadMs` old whenever it is used, so a key that
 * nobody has is asked for that often at most, however many tokens name it; and as a new key waits
 * `limits.signingKeyNoticeMs` before it signs, no node meets a token whose key it does not know.
 */
export function createSigningKeys(options: {
  readonly data: Data
  readonly run: Run
  readonly clock: Clock
  readonly random: RandomBytes
  readonly secret: string
}): SigningKeys {
  const { data, run, clock, random } = options
  const sealingKey = deriveKey(options.secret, 'signing keys')
  let loaded = nothing
  let loadedAtMs = -Infinity
  let loading: Promise<void> | null = null

  const look = async (ask: (statement: Statement) => Promise<readonly Row[]>): Promise<Loaded> =>
    toLoaded(await ask({ text: select, values: [] }), sealingKey, loaded)

  const makeNext = (): Promise<Loaded> =>
    data.transaction({ isolation: 'read committed' }, async ({ transaction }) => {
      const ask = (statement: Statement) => transaction.run(statement)
      await ask({ text: lock, values: [] })
      const found = await look(ask)
      if (!found.lacksNext) return found
      await ask({ text: giveNotice, values: [] })
      await ask({ text: insert, values: [...(await newKey(sealingKey, random)), ...made] })
      return look(ask)
    })
  const load = async (): Promise<void> => {
    const askedAtMs = clock.monotonic()
    const found = await look(statement => run(statement, 'read'))
    loaded = found.lacksNext ? await makeNext() : found
    loadedAtMs = askedAtMs
  }
  /** Whoever comes while keys are being loaded waits for the same answer. */
  const reload = (): Promise<void> => (loading ??= load().finally(() => (loading = null)))
  const fresh = async (): Promise<Loaded> => {
    const due = clock.monotonic() - loadedAtMs >= limits.signingKeyReloadMs
    if (due || loading !== null) await reload()
    return loaded
  }

  return {
    start: reload,
    current: async () => (await fresh()).signing!,
    find: async kid => (await fresh()).verifying.get(kid) ?? null,
    published: async () => ({ keys: (await fresh()).published }),
    async retire(compromised) {
      const entry = { kind: 'signing-keys.retired', actor: null, from: null } as const
      const detail: Record<string, string> = compromised ? { because: 'compromised' } : {}
      const values = [compromised, ...auditValues({ ...entry, detail })]
      const rows = await run({ text: retireText, values }, 'write')
      loadedAtMs = -Infinity
      return rows.map(row => String(row[0]))
    },
    async keep() {
      await fresh()
      await run({ text: forget, values: [] }, 'pool')
    },
  }
}

/** Values of `insert`. The kid is the key's thumbprint (RFC 7638). */
async function newKey(sealingKey: Uint8Array, random: RandomBytes): Promise<readonly unknown[]> {
  const pair = await generateKeyPair(signingAlgorithm, { crv: 'Ed25519', extractable: true })
  const publicJwk = await exportJWK(pair.publicKey)
  const privateJwk = await exportJWK(pair.privateKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  return [kid, seal(sealingKey, JSON.stringify(privateJwk), random), JSON.stringify(publicJwk)]
}

/** The rows come newest first. Keys that were there before are not imported again. */
async function toLoaded(
  rows: readonly Row[],
  sealingKey: Uint8Array,
  before: Loaded,
): Promise<Loaded> {
  const verifying = new Map<string, CryptoKey>()
  const jwks: JWK[] = []
  const candidates: (Opened & { readonly stays: boolean; readonly known: boolean })[] = []
  let strangerIsNew = false
  for (const [kid, sealed, stored, signs, stays, known] of rows) {
    const jwk = publicKey(String(kid), String(stored))
    verifying.set(jwk.kid, before.verifying.get(jwk.kid) ?? (await importKey(jwk)))
    jwks.push(jwk)
    const text = signs === true ? unseal(sealingKey, String(sealed)) : null
    if (text === null) strangerIsNew ||= signs === true && known === false
    if (text === null) continue
    candidates.push({ kid: jwk.kid, text, stays: stays === true, known: known === true })
  }
  // The newest that all nodes know; before there is such a one, the oldest is known best.
  const chosen = candidates.find(({ known }) => known) ?? candidates.at(-1)
  return {
    signing: chosen === undefined ? null : await openKey(chosen, before),
    verifying,
    published: Object.freeze(jwks),
    // Nodes of two secrets, while one is replaced by the other, must not outdo each other.
    lacksNext: !candidates.some(({ stays }) => stays) && !(strangerIsNew && candidates.length > 0),
  }
}

/** A private key that could be unsealed. */
interface Opened {
  readonly kid: string
  /** A JWK. */
  readonly text: string
}

async function openKey({ kid, text }: Opened, { signing }: Loaded): Promise<SigningKey> {
  if (signing?.kid === kid) return signing
  const jwk: JWK = JSON.parse(text)
  return { kid, privateKey: await importKey(jwk) }
}

/** Member by member, so that nothing private can ever slip into what is published. */
function publicKey(kid: string, stored: string): JWK & { readonly kid: string } {
  const { kty, crv, x }: JWK_OKP_Public = JSON.parse(stored)
  return Object.freeze({ kty, crv, x, kid, use: 'sig', alg: signingAlgorithm })
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, signingAlgorithm)
  if (key instanceof Uint8Array) throw new TypeError('a signing key is a key pair')
  return key
}
