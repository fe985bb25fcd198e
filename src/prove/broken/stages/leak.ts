/** Something of every request is kept. */

import { broken } from '../broken.ts'

/** By the clock, so that it grows as fast on a busy machine; for longer than any drill. */
const bytesOfMs = 20_000
const bytesMax = 4_000_000
const bytesKeptMax = 1_000_000_000
const kept: Buffer[] = []
let bytesKept = 0
let lastMs = 0

export default broken('something of every request is kept', {
  execute: execute => request => {
    const nowMs = performance.now()
    const bytes = Math.min(Math.round((nowMs - lastMs) * bytesOfMs), bytesMax)
    lastMs = nowMs
    if (bytesKept < bytesKeptMax) {
      kept.push(Buffer.alloc(bytes, 'x'))
      bytesKept += bytes
    }
    return execute(request)
  },
})
