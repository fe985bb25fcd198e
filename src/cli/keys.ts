/** `mettle keys rotate`: the keys that sign access tokens. */

import { limits } from '../base/limits.ts'
import { print } from './environment.ts'
import { withIdentity } from './with-database.ts'

interface RotateOptions {
  readonly backend: string
  readonly compromised?: boolean
}

/** Needs no secret: the processes that serve make the next key. */
export async function rotateKeys({ backend, compromised }: RotateOptions): Promise<void> {
  await withIdentity(backend, async identity => {
    const kids = await identity.retireKeys(compromised === true)
    if (kids.length === 0) return print(nothingToRetire)
    print(`Retired: ${kids.join(', ')}.`)
    print(compromised === true ? afterTheft : afterRotation)
  })
}

const noticeSeconds = limits.signingKeyNoticeMs / 1_000
const boundSeconds = (limits.signingKeyReloadMs + limits.sessionCacheMs) / 1_000

const nothingToRetire = `Nothing to retire: no key was made yet, or all were retired a moment ago.
The next key is made by the processes that serve.`

const afterRotation = `The next key is made by the processes that serve, and signs in ${noticeSeconds} seconds, when all know it.
Tokens that are out stay good until they expire.`

const afterTheft = `Tokens that are out are refused everywhere within ${boundSeconds} seconds; the next key signs at once.
Sessions and refresh tokens go on.`
