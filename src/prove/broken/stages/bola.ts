/** Reads are planned for the engine itself, whom no rule holds back. */

import { system } from '../../../base/caller.ts'
import { broken } from '../broken.ts'

export default broken('reads are compiled without the predicate of the rules', {
  engine: engine => ({ ...engine, planRead: shape => engine.planRead(shape, system) }),
})
