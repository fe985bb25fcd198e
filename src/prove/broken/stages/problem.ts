/** The cause of an error is told to whoever asked. */

import { asProblem, optionsOf, Problem } from '../../../base/errors.ts'
import { broken } from '../broken.ts'

export default broken('errors are told with their stack', {
  execute: execute => request =>
    execute(request).catch((error: unknown) => {
      const failure = asProblem(error)
      const detail = String(failure.stack)
      throw new Problem(failure.code, failure, { ...optionsOf(failure), detail })
    }),
})
