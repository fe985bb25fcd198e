/** The life of a request: the one way into the engine, for every protocol. */

import { rateLimitHeaders, limitExceeded } from '../limit/limiter.ts'
import type { Answer, Execute } from '../operation.ts'
import { Admission } from './admission.ts'
import { authorise } from './authorise.ts'
import type { Engine } from './engine.ts'
import { guardOf, operationName, prepare } from './operations.ts'
import { createRun } from './run.ts'
import { StageTimes } from './stage-times.ts'

export function createPipeline(engine: Engine): Execute {
  const admission = new Admission(engine.inFlightMax)
  const run = createRun(engine)
  return async request => {
    const times = new StageTimes(engine)
    admission.enter()
    try {
      times.end('admit')

      const identified = engine.identify(request.credentials)
      const caller = identified instanceof Promise ? await identified : identified
      request.trail.caller = caller.id
      times.end('identify')

      const taken = engine.limit(caller, request.credentials.address)
      const decision = taken instanceof Promise ? await taken : taken
      if (!decision.allowed) throw limitExceeded(decision)
      times.end('limit')

      authorise(guardOf(engine.model, request.operation), caller)
      times.end('authorise')

      const work = prepare(engine, request, caller)
      times.end('validate')

      const answer = await run(operationName(request.operation), work, request, caller)
      times.end('run')
      return withHeaders(answer, rateLimitHeaders(decision))
    } finally {
      admission.leave()
    }
  }
}

function withHeaders(answer: Answer, headers: Answer['headers']): Answer {
  return { ...answer, headers }
}
