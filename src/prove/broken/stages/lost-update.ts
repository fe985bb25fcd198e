/** The pipeline never hears of If-Match. */

import { broken } from '../broken.ts'

export default broken('If-Match is not looked at', {
  execute: execute => request => execute({ ...request, ifMatch: null }),
})
