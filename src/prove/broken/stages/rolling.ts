/** A node that ends cuts everybody off at once. */

import { broken } from '../broken.ts'

export default broken('there is no drain', {
  http: settings => ({
    ...settings,
    limits: { ...settings.limits, drainNoticeMs: 0, drainUnseenMs: 0, drainMs: 0 },
  }),
})
