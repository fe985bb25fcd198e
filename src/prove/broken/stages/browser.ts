/** A cookie is enough, wherever the request comes from. */

import { broken } from '../broken.ts'

export default broken('a cookie is enough, wherever the request comes from', {
  http: settings => ({ ...settings, guard: () => {} }),
})
