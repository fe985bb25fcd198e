/** One request in a hundred is not observed. */

import { broken } from '../broken.ts'

const each = 100

export default broken('one request in a hundred is not counted', {
  http(settings) {
    let requests = 0
    return {
      ...settings,
      observe(observation) {
        if (observation.kind === 'request' && (requests += 1) % each === 0) return
        settings.observe(observation)
      },
    }
  },
})
