/** Every API key may do whatever its user may. */

import { broken } from '../broken.ts'

export default broken('the scopes of API keys are forgotten', {
  identity: identity => ({
    ...identity,
    async identify(credentials) {
      const caller = await identity.identify(credentials)
      const { apiKey } = caller
      return apiKey === null ? caller : { ...caller, apiKey: { ...apiKey, scopes: null } }
    },
  }),
})
