/** The plans of a model: one memory for all who ask in a process. */

import type { Model } from '../model/model.ts'
import { createPlanRead, type PlanRead } from './plan-cache.ts'
import { createPlanRows, createPlanWrite } from './write/plan-cache.ts'
import type { PlanRows, PlanWrite } from './write/plan-cache.ts'

export interface Plans extends PlanRows {
  readonly read: PlanRead
  readonly write: PlanWrite
}

/** `onCompiled` hears of each plan that is new, by what it does. */
export function createPlans(
  model: Model,
  onCompiled: (route: 'read' | 'write', key: string) => void = () => {},
): Plans {
  const reading = { onCompiled: (key: string) => onCompiled('read', key) }
  const writing = { onCompiled: (key: string) => onCompiled('write', key) }
  return Object.freeze({
    read: createPlanRead(model, reading),
    write: createPlanWrite(model, writing),
    ...createPlanRows(model, writing),
  })
}
