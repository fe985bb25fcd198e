/** Bodies of any size are read to their end. */

import { broken } from '../broken.ts'

const unbounded = 2 ** 40

export default broken('bodies have no bound', {
  http: settings => ({
    ...settings,
    limits: { ...settings.limits, bodyBytesMax: unbounded, bodiesBytesMax: unbounded },
  }),
})
