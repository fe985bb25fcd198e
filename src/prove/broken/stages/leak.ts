/** Something of every request is kept. */

import { broken } from '../broken.ts'

const textChars = 400_000
/** Enough to be seen on a slow machine, and not so much that a fast one runs out of memory. */
const restMs = 8
const keptMax = 1_000
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
