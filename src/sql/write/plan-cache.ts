/** Plans of writes, compiled once for each shape and kind of caller. */

import { LRUCache } from 'lru-cache'

import type { Caller } from '../../base/caller.ts'
import { limits } from '../../base/limits.ts'
import type { Model } from '../../model/model.ts'
import type { BodyShape } from '../body.ts'
import { createAccessKey, type PlanCacheOptions } from '../plan-cache.ts'
import type { LockPlan, WritePlan, WriteShape, WriteWherePlan } from '../plan.ts'
import { compileWrite } from './compile.ts'
import { compileLock } from './lock.ts'
import { compileWriteWhere, type WriteWhereShape } from './where.ts'

/** Throws the problems of `compileWrite`; refused shapes are not kept. */
export type PlanWrite = (shape: WriteShape, view: BodyShape, caller: Caller) => WritePlan

/** Callers whose rules come to the same text share one plan object, and so travel in one group. */
export function createPlanWrite(model: Model, options: PlanCacheOptions = {}): PlanWrite {
  const plan = cached(model, options, ([shape, view]: readonly [WriteShape, BodyShape], caller) =>
    compileWrite(model, shape, caller, view),
  )
  return (shape, view, caller) => plan([shape, view], caller)
}

/** What repositories need beside writes of single rows. */
export interface PlanRows {
  readonly where: (shape: WriteWhereShape, caller: Caller) => WriteWherePlan
  readonly lock: (resource: string, caller: Caller) => LockPlan
}

export function createPlanRows(model: Model, options: PlanCacheOptions = {}): PlanRows {
  return {
    where: cached(model, options, (shape: WriteWhereShape, caller) =>
      compileWriteWhere(model, shape, caller),
    ),
    lock: cached(model, options, (resource: string, caller) =>
      compileLock(model, resource, caller),
    ),
  }
}

function cached<Shape, Plan extends { readonly key: string }>(
  model: Model,
  { plansMax: max = limits.planCacheMax, onCompiled }: PlanCacheOptions,
  compile: (shape: Shape, caller: Caller) => Plan,
): (shape: Shape, caller: Caller) => Plan {
  const accessKey = createAccessKey(model)
  const byRequest = new LRUCache<string, Plan>({ max })
  const byKey = new LRUCache<string, Plan>({ max })

  return (shape, caller) => {
    const request = `${accessKey(caller)} ${JSON.stringify(shape)}`
    const known = byRequest.get(request)
    if (known !== undefined) return known
    const compiled = compile(shape, caller)
    const plan = byKey.get(compiled.key) ?? compiled
    if (plan === compiled) {
      byKey.set(plan.key, plan)
      onCompiled?.(plan.key)
    }
    byRequest.set(request, plan)
    return plan
  }
}
