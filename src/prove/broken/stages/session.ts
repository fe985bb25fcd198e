/** Whoever signs out is told so, and his session goes on. */

import { broken } from '../broken.ts'

export default broken('sessions are not ended', {
  identity: identity => ({
    ...identity,
    async signOut() {},
    async endSession() {},
    async endOtherSessions() {},
  }),
})
