/** The pipeline never hears of an Idempotency-Key. */

import { broken } from '../broken.ts'

export default broken('Idempotency-Key is not looked at', {
  execute: execute => request => execute({ ...request, idempotencyKey: null }),
})
