/** Characters beyond the first 65,536 make an error that nobody expects. */

import { broken } from '../broken.ts'

const beyond = /[\u{10000}-\u{10ffff}]/u

export default broken('characters beyond the basic plane are an unexpected error', {
  execute: execute => async request => {
    if (beyond.test(JSON.stringify(request.operation))) throw new RangeError('half a character')
    return execute(request)
  },
})
