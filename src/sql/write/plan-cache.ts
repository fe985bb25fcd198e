/** Write plans, compiled once for each shape, view and kind of caller. */

import { LRUCache } from 'lru-cache'

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import type { Model } from '../../model/model.ts'
import type { BodyShape } from '../body.ts'
import { createAccessKey, type PlanCacheOptions } from '../plan-cache.ts'
import type { WritePlan, WriteShape } from '../plan.ts'
import { compileWrite } from './compile.ts'

/** Throws the problems of `compileWrite`; refused shapes are not kept. */
export type PlanWrite = (shape: WriteShape, view: BodyShape, caller: Caller) => WritePlan

/** Callers whose rules come to the same text share one plan object, and so travel in one group. */
export function createPlanWrite(model: Model, options: PlanCacheOptions = {}): PlanWrite {
  const { plansMax: max = limits.planCacheMax, onEvent } = options
  const accessKey = createAccessKey(model)
  const byRequest = new LRUCache<string, WritePlan>({ max })
  const byKey = new LRUCache<string, WritePlan>({
    max,
    dispose: (plan, _, reason) => {
      if (reason === 'evict') onEvent?.('evicted', plan.key)
    },
  })

  return (shape, view, caller) => {
    const request = JSON.stringify([accessKey(caller), shape, view])
    const known = byRequest.get(request)
    if (known !== undefined) return known
    const compiled = compileWrite(model, shape, caller, view)
    const plan = byKey.get(compiled.key) ?? compiled
    if (plan === compiled) {
      byKey.set(plan.key, plan)
      onEvent?.('compiled', plan.key)
    }
    byRequest.set(request, plan)
    return plan
  }
}
