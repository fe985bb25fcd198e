/** Whoever has no account is refused at once, without the time of a hash. */

import { problem } from '../../../base/errors.ts'
import type { Identity } from '../../../engine/identity/identity.ts'
import { broken } from '../broken.ts'

function hasty(identity: Identity): Identity {
  const known = async (input: unknown) => {
    const email: unknown = Object(input).email
    const account = typeof email === 'string' ? await identity.findAccount(email) : null
    if (account === null) throw problem('identify.wrong-credentials')
  }
  return {
    ...identity,
    async signIn(input, client) {
      await known(input)
      return identity.signIn(input, client)
    },
    async issueTokenFor(input, client) {
      await known(input)
      return identity.issueTokenFor(input, client)
    },
  }
}

export default broken('unknown accounts are refused without the time of a hash', {
  identity: hasty,
})
