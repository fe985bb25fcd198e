/** Each node counts for itself, whatever the setting says. */

import { broken } from '../broken.ts'
import { ownBuckets } from '../own-buckets.ts'

export default broken('every node has buckets of its own', { declared: ownBuckets })
