/**
 * The keys that sign access tokens: made, sealed, renewed and shared by all nodes through
 * PostgreSQL.
 */

import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JWK, JWK_OKP_Public } from 'jose'

import type { Clock, RandomBytes } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import type { Row, Transaction } from '../../ports/database.ts'
import type { Data } from '../data/data.ts'
import { deriveKey, seal, unseal } from './secret.ts'

export const signingAlgorithm = 'EdDSA'

interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

export interface SigningKeys {
  /** Loads the keys and makes one where there is none that may sign. */
  start(): Promise<void>
  /** The key to sign with now; a new one when the last has become old. */
  current(): Promise<SigningKey>
  /**
   * The public key of a `kid`; asks PostgreSQL about an unknown one, at most every
   * `limits.signingKeyReloadMs`.
   */
  find(kid: string): Promise<CryptoKey | null>
  /** As RFC 7517 says: every key whose tokens may still be valid. */
  published(): { readonly keys: readonly JWK[] }
}

/** What one look at the table gives. */
interface Loaded {
  readonly signing: (SigningKey & { readonly oldAtMs: number }) | null
  readonly verifying: ReadonlyMap<string, CryptoKey>
  readonly published: readonly JWK[]
}

/**
 * How long a retired key is still known: tokens that it signed live out their time, on all nodes.
 */
const retiredKept = `interval '${limits.accessTokenSeconds * 2} seconds'`

const select = `select "kid", "private", "public", "retired_at" is not null,
  (extract(epoch from now() - "created_at") * 1000)::int8
from "mettle"."signing_keys"
where "retired_at" is null or "retired_at" > now() - ${retiredKept}
order by "created_at" desc, "kid"`

/** Nodes that start together make one key, not one each. */
const lock = `select pg_advisory_xact_lock(hashtextextended('mettle.signing_keys', 0))`

const retire = `update "mettle"."signing_keys" set "retired_at" = now() where "retired_at" is null`
const insert = `
insert into "mettle"."signing_keys" ("kid", "algorithm", "private", "public")
values ($1::text, '${signingAlgorithm}', $2::text, $3::jsonb)`

const signingKeyMs = limits.signingKeyDays * 86_400_000

/**
 * Private keys are sealed with a key made from METTLE_SECRET, so a copy of the database signs
 * nothing. A key that cannot be opened (the secret was changed) is retired like one that is too
 * old.
 */
export function createSigningKeys(options: {
  readonly data: Data
  readonly clock: Clock
  readonly random: RandomBytes
  readonly secret: string
}): SigningKeys {
  const { data, clock, random } = options
  const sealingKey = deriveKey(options.secret, 'signing keys')
  let loaded: Loaded = { signing: null, verifying: new Map(), published: [] }
  let loadedAtMs = -Infinity
  let loading: Promise<void> | null = null

  const read = async (transaction: Transaction): Promise<Loaded> =>
    toLoaded(await transaction.run({ text: select, values: [] }), sealingKey, clock.monotonic())

  const load = async (): Promise<void> => {
    loaded = await data.transaction({ isolation: 'read committed' }, async ({ transaction }) => {
      await transaction.run({ text: lock, values: [] })
      const found = await read(transaction)
      if (found.signing !== null) return found
      await transaction.run({ text: retire, values: [] })
      await transaction.run({ text: insert, values: await newKey(sealingKey, random) })
      return read(transaction)
    })
    loadedAtMs = clock.monotonic()
  }
  /** Whoever comes while keys are being loaded waits for the same answer. */
  const reload = (): Promise<void> => (loading ??= load().finally(() => (loading = null)))

  return {
    start: reload,
    async current() {
      if (loaded.signing === null || loaded.signing.oldAtMs <= clock.monotonic()) await reload()
      return loaded.signing!
    },
    async find(kid) {
      const due = clock.monotonic() - loadedAtMs >= limits.signingKeyReloadMs
      if (!loaded.verifying.has(kid) && (due || loading !== null)) await reload()
      return loaded.verifying.get(kid) ?? null
    },
    published: () => ({ keys: loaded.published }),
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

async function toLoaded(
  rows: readonly Row[],
  sealingKey: Uint8Array,
  nowMs: number,
): Promise<Loaded> {
  const verifying = new Map<string, CryptoKey>()
  const jwks: JWK[] = []
  let signing: Loaded['signing'] = null
  for (const row of rows) {
    const kid = String(row[0])
    const jwk = publicKey(kid, String(row[2]))
    verifying.set(kid, await importKey(jwk))
    jwks.push(jwk)
    const ageMs = Number(row[4])
    const maySign = row[3] === false && ageMs < signingKeyMs && signing === null
    const privateText = maySign ? unseal(sealingKey, String(row[1])) : null
    if (privateText === null) continue
    const privateJwk: JWK = JSON.parse(privateText)
    const privateKey = await importKey(privateJwk)
    signing = { kid, privateKey, oldAtMs: nowMs + signingKeyMs - ageMs }
  }
  return { signing, verifying, published: Object.freeze(jwks) }
}

/** Member by member, so that nothing private can ever slip into what is published. */
function publicKey(kid: string, stored: string): JWK {
  const { kty, crv, x }: JWK_OKP_Public = JSON.parse(stored)
  return Object.freeze({ kty, crv, x, kid, use: 'sig', alg: signingAlgorithm })
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, signingAlgorithm)
  if (key instanceof Uint8Array) throw new TypeError('a signing key is a key pair')
  return key
}
