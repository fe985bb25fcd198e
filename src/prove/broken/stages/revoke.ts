/** A caller who was known once stays known, whatever ended. */

import { broken } from '../broken.ts'
import { remembering } from '../remembering.ts'

export default broken('a caller who was known once stays known', { identity: remembering })
