/** The life of a request: the one way into the engine, for every protocol. */

import { asProblem } from '../../base/errors.ts'
import { countedFailure, type Decision, limitExceeded, rateLimitHeaders } from '../limit/limiter.ts'
import type { Execute } from '../operation.ts'
import { Admission } from './admission.ts'
import { authorise } from './authorise.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { checkKeyOwner } from './idempotency.ts'
import { prepare } from './operations.ts'
import { createRun } from './run.ts'
import { withinScope } from './scopes.ts'
import { StageTimes } from './stage-times.ts'

export function createPipeline(engine: Engine): Execute {
  const admission = new Admission(engine.inFlightMax)
  const run = createRun(engine)
  return async request => {
    const times = new StageTimes(engine)
    let decision: Decision | null = null
    admission.enter()
    try {
      const identified = engine.identify(request.credentials)
      const caller = identified instanceof Promise ? await identified : identified
      request.trail.caller = caller
      if (identified instanceof Promise) times.end('identify')

      const taken = engine.limit(request.operation, caller, request.credentials.address)
      const taking = taken instanceof Promise ? await taken : taken
      if (!taking.allowed) throw limitExceeded(taking)
      decision = taking
      if (taken instanceof Promise) times.end('limit')

      authorise(engine.model, request.operation, caller)
      checkKeyOwner(request, caller)
      times.end('authorise')

      const { requestId } = request
      const facts: RequestFacts = { caller, requestId, nowMs: engine.clock.now() }
      const work = prepare(engine, request, facts)
      times.end('validate')

      const answer = await run(work, request, facts)
      times.end('run')
      const seen = withinScope(engine.model, request.operation, caller, answer)
      return { ...seen, headers: rateLimitHeaders(decision) }
    } catch (error) {
      throw decision === null ? asProblem(error) : countedFailure(error, decision)
    } finally {
      admission.leave()
    }
  }
}
