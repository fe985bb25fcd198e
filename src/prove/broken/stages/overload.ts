/** Everybody is let in, and every line is without end. */

import { broken } from '../broken.ts'

const unbounded = 1_000_000

export default broken('nobody is refused, however many wait', {
  engine: engine => ({ ...engine, inFlightMax: unbounded }),
  postgres: options => ({
    ...options,
    limits: { ...options.limits, poolQueueMax: unbounded, laneQueueMax: unbounded },
  }),
})
