/** A database that may lose what was acknowledged is good enough to serve on. */

import { broken } from '../broken.ts'

export default broken('nobody asks whether the database waits for its disk', {
  postgres: options => ({ ...options, durability: 'reported' }),
})
