/** A token that was good once stays good, whatever becomes of its key. */

import { broken } from '../broken.ts'
import { remembering } from '../remembering.ts'

export default broken('a token outlives the key that signed it', { identity: remembering })
