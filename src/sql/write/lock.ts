/** Locks: rows taken against change by others, always in the order of their ids. */

import type { Caller } from '../../base/caller.ts'
import type { Model } from '../../model/model.ts'
import { bodyJson } from '../body.ts'
import { QueryFaults } from '../faults.ts'
import { all, name, render, sql, value } from '../fragment.ts'
import type { LockPlan } from '../plan.ts'
import { predicate } from '../predicate.ts'
import { readResidual } from '../residual.ts'
import { planKey, resourceOf } from './compile.ts'
import { shownByOthers } from './newer.ts'

export function compileLock(model: Model, resourceName: string, caller: Caller): LockPlan {
  const viewpoint = { model, caller }
  const resource = resourceOf(model, resourceName)
  const { json } = bodyJson(viewpoint, resource, { fields: null, expand: [] }, new QueryFaults())
  const readable = predicate(viewpoint, readResidual(viewpoint, resource), { resource, alias: 't' })
  const condition = all([sql`t."id" = any (${value(0, 'uuid[]')})`, readable])
  const { text, parameters } = render(
    sql`select ${json}, t."version" from ${name(resource.table)} t where ${condition} order by t."id" for no key update of t`,
  )
  return Object.freeze({
    kind: 'lock',
    key: planKey(resource, 'lock', text),
    resource: resource.name,
    text,
    twice: shownByOthers(viewpoint, resource),
    parameters: Object.freeze(parameters),
  })
}
