/** Answers hold a member that nobody declared. */

import { broken } from '../broken.ts'

export default broken('answers hold more than is documented', {
  execute: execute => async request => {
    const answer = await execute(request)
    return { ...answer, body: answer.body?.replace(/^\{/, '{"internal":true,') ?? null }
  },
})
