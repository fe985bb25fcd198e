/** Whoever waits for a lock waits where everybody has to pass, and for as long as it takes. */

import { limits } from '../../../base/limits.ts'
import { broken } from '../broken.ts'

export default broken('shared connections wait for locks without end', {
  postgres: options => ({
    ...options,
    limits: { ...options.limits, laneLockTimeoutMs: limits.statementTimeoutMs },
  }),
})
