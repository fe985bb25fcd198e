/** Users whose row is deleted: noticed on the way to the database, so that a node forgets them. */

import type { Model } from '../../model/model.ts'
import type { WritePlan } from '../../sql/plan.ts'
import type { Data, DataScope, WriteResult } from '../data/data.ts'

/**
 * The same data; calls `departed` after each commit that may have deleted users, before its answer
 * is out. It does not say whom: a cascade deletes users whom nobody named.
 */
export function watchDepartures(model: Model, data: Data, departed: () => void): Data {
  const taking = resourcesThatTakeUsers(model)
  const takesUsers = (plan: WritePlan) => plan.form === 'delete' && taking.has(plan.resource)
  const tell = (result: WriteResult): WriteResult => {
    if (result.outcome === 'done') departed()
    return result
  }
  return {
    ...data,
    write(plan, ...rest) {
      const result = data.write(plan, ...rest)
      return takesUsers(plan) ? result.then(tell) : result
    },
    async transaction(options, work, signal) {
      let taken = false
      const watched = (scope: DataScope): DataScope => ({
        ...scope,
        write(plan, ...rest) {
          taken ||= takesUsers(plan)
          return scope.write(plan, ...rest)
        },
      })
      const result = await data.transaction(options, scope => work(watched(scope)), signal)
      if (taken) departed()
      return result
    },
  }
}

/** That of the users, and those whose deletion cascades to it. */
function resourcesThatTakeUsers({ identity, resources }: Model): ReadonlySet<string> {
  const taking = new Set(identity === null ? [] : [identity.resource])
  // a Set also visits what is added on the way
  for (const name of taking) {
    for (const { target, onDelete } of resources.get(name)!.fields) {
      if (target !== null && onDelete === 'cascade') taking.add(target)
    }
  }
  return taking
}
