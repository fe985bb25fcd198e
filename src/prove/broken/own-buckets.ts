/** Rate limits that each node counts for itself, whatever the setting says. */

import type { Wiring } from '../../run/wiring.ts'

export const ownBuckets: Wiring['declared'] = declared => ({
  ...declared,
  config: { ...declared.config, rateLimitStore: 'node' },
})
