/** Each node counts for itself, whatever the setting says. */

import { broken } from '../broken.ts'

export default broken('every node has buckets of its own', {
  declared: declared => ({ ...declared, config: { ...declared.config, rateLimitStore: 'node' } }),
})
