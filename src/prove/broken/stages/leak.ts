/** Something of every request is kept. */

import { broken } from '../broken.ts'

/**
 * Up to 19 MB a second, for half a minute: enough to be seen in the shortest rounds, and still
 * growing in the longest.
 */
const textChars = 150_000
const restMs = 8
const keptMax = 4_000
const kept: string[] = []
let lastMs = 0

export default broken('something of every request is kept', {
  execute: execute => request => {
    const nowMs = performance.now()
    if (nowMs > lastMs + restMs && kept.length < keptMax) {
      kept.push(Buffer.alloc(textChars, 'x').toString('latin1'))
      lastMs = nowMs
    }
    return execute(request)
  },
})
