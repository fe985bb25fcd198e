/** Each node counts for itself, as if Redis were never there. */

import { broken } from '../broken.ts'
import { ownBuckets } from '../own-buckets.ts'

export default broken('every node has buckets of its own, though Redis is there', {
  declared: ownBuckets,
})
