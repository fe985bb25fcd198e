/** What was answered to a key is kept where a crash forgets it. */

import type { Answer } from '../../../engine/operation.ts'
import { broken } from '../broken.ts'

export default broken('keys are remembered in the memory of the process', {
  execute(execute) {
    const answers = new Map<string, Promise<Answer>>()
    return request => {
      const key = request.idempotencyKey
      if (key === null) return execute(request)
      const { credentials, operation } = request
      const name = `${credentials.bearer ?? ''} ${operation.kind} ${key}`
      const answer =
        answers.get(name) ?? execute({ ...request, idempotencyKey: null, signal: null })
      answers.set(name, answer)
      answer.catch(() => answers.delete(name))
      return answer
    }
  },
})
