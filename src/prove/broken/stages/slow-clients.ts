/** Whoever has a connection may take his time. */

import { broken } from '../broken.ts'

export default broken('slow clients are not cut', {
  http: settings => ({
    ...settings,
    limits: { ...settings.limits, headersTimeoutMs: 0, requestTimeoutMs: 0, answerStallMs: 0 },
  }),
})
