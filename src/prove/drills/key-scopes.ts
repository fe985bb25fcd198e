/** Narrow API keys on every way around the question that they may not ask. */

import { limits } from '../../base/limits.ts'
import type { Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { drill } from '../drill.ts'
import { deedsOf, partsOf } from '../model/deeds.ts'
import { wishFor } from '../model/policy.ts'
import { relationsOf } from '../model/relations.ts'
import { expansions, references, replays, type Roundabout } from '../model/roundabouts.ts'
import { patiently } from '../patience.ts'
import type { Service } from '../service.ts'
import { openKey, type Session } from '../sessions.ts'

/** Accounts of this drill alone: there may be so many keys of one. */
const number = 31
/** So that ways of each kind are tried, however short the time is. */
const tryingMsMin = 10_000
const keysMax = limits.apiKeysPerUserMax - 1

type Found = Readonly<Record<'expansions' | 'references' | 'replays', Roundabout[]>>

/** What became of one way with a key that has what it takes, and with one that lacks something. */
interface Cell {
  readonly name: string
  readonly leaked: boolean
  readonly denied: boolean
}

export default drill({
  id: 'key-scopes',
  group: 'security',
  promise: 'security.policy',
  reach: 'plants',
  claim: 'A narrow API key gets nothing outside of its scopes by expand, a batch or a replay',
  explained: {
    does: 'asks for rows by ways around: `expand` of every reference and list (of a row, a list, a batch, a change), `$ref` to what a key may change but not read, the answers that a wider key got under an `Idempotency-Key`; by each account, with a key that has every scope it takes and one that lacks one; counts what the second got, and what the first was refused',
    bar: 'no key gets what its scopes leave out, and each gets what is in them',
    asks: 'users, and a row that hangs on another one, or that its maker may read',
    seconds: 10,
  },
  needs: lacksWays,
  async attack(context) {
    const { service, model, progress, random, timeMs } = context
    const found: Found = { expansions: [], references: [], replays: [] }
    progress('rows are planted that hang on others')
    for (const [part] of partsOf(model).filter(([, { id }]) => id !== null)) {
      const caller = await service.callers.as(part, number)
      found.expansions.push(...(await expansions(context, caller)))
      found.references.push(...(await references(context, caller)))
    }
    found.replays.push(...(await replays(context, number)))
    // The few first, and of the many whichever there is time for.
    const ways = [...found.references, ...found.replays, ...random.shuffled(found.expansions)]
    progress(`narrow keys on ${ways.length} ways around their scopes`)
    const keys = keyRing(service)
    const cells: Cell[] = []
    const untilMs = performance.now() + Math.max(timeMs, tryingMsMin)
    let walked = 0
    for (const way of ways) {
      if (performance.now() > untilMs) break
      walked += 1
      const cell = await tryWay(context, keys, way)
      if (cell !== null) cells.push(cell)
    }
    const leaks = cells.filter(({ leaked }) => leaked)
    const denials = cells.filter(({ denied }) => denied)
    return {
      attack: `${cells.length} ways around, each with an API key that has what it takes and one that lacks a scope`,
      size: cells.length,
      inFlight: null,
      figures: {
        expansions: found.expansions.length,
        references: found.references.length,
        replays: found.replays.length,
        leadNowhere: walked - cells.length,
        noTimeFor: ways.length - walked,
        leaks: leaks.length,
        wronglyDenied: denials.length,
        faults:
          [...leaks, ...denials]
            .slice(0, 5)
            .map(({ name }) => name)
            .join('; ') || 'nothing',
      },
    }
  },
  judge: ({ leaks, wronglyDenied, faults }) => [
    ...(leaks === 0 ? [] : [`${leaks} times a key got what its scopes leave out: ${faults}`]),
    ...(wronglyDenied === 0 ? [] : [`${wronglyDenied} times a key was refused its own: ${faults}`]),
  ],
})

function lacksWays(model: Model): string | null {
  if (model.identity === null) return 'this backend has no users, so no API keys'
  const people = partsOf(model).filter(([, { id }]) => id !== null)
  const hangs = people.some(([, actor]) => relationsOf(model, actor).length > 0)
  const isSeen = deedsOf(model).some(({ resource, part }) => {
    const actor = people.find(([name]) => name === part)?.[1]
    return resource !== null && actor !== undefined
      ? wishFor(model, resource, resource.access.read, actor) !== null
      : false
  })
  return hangs || isSeen ? null : 'no row hangs on another one, and nobody may read what he makes'
}

/** Null where not even the account itself, with all its rights, gets through: it leads nowhere. */
async function tryWay(
  { service }: AttackContext,
  keys: KeyRing,
  way: Roundabout,
): Promise<Cell | null> {
  const { name, caller, full, narrow, request, isThrough } = way
  const passes = async (headers: Readonly<Record<string, string>>) =>
    isThrough(
      await patiently(service.send, { ...request, headers: { ...request.headers, ...headers } }),
    )
  if (!(await passes(await caller.headers()))) return null
  const leaked = await passes((await keys.of(caller, narrow)).headers)
  // What others made meanwhile may have pushed a row out of a list: then the account misses it too.
  const isRefused = !(await passes((await keys.of(caller, full)).headers))
  const denied = isRefused && (await passes(await caller.headers()))
  return { name: `${caller.name}: ${name}`, leaked, denied }
}

/** Keys of accounts, which are used again: each that is made takes a look at the password. */
interface KeyRing {
  of(caller: Caller, scopes: readonly string[]): Promise<Session>
}

function keyRing(service: Service): KeyRing {
  const rings = new Map<Caller, Map<string, Session>>()
  return {
    async of(caller, scopes) {
      const ring = rings.get(caller) ?? new Map<string, Session>()
      rings.set(caller, ring)
      const label = scopes.join(' ')
      const known = ring.get(label)
      if (known !== undefined) return known
      const headers = await caller.headers()
      if (ring.size === keysMax) {
        await service.send({ path: '/auth/api-keys', method: 'DELETE', headers })
        ring.clear()
      }
      const key = await openKey(service, { headers }, caller, scopes)
      ring.set(label, key)
      return key
    },
  }
}
