/** `db` of a command or hook: a repository for each resource that it uses. */

import type { Caller } from '../../base/caller.ts'
import { system } from '../../base/caller.ts'
import type { Model } from '../../model/model.ts'
import { compileCount } from '../../sql/count.ts'
import type { Plans } from '../../sql/plans.ts'
import type { DataScope } from './data.ts'
import { RowRepository } from './repository.ts'
import type { RepositoryPlans, Session } from './repository.ts'
import { Rows } from './rows.ts'

/** For whom a command or hook runs. */
interface RepositoryRequest {
  /** Named by the events, and what a reference with `default: 'caller'` becomes. */
  readonly caller: Caller
  /** Named by the events. */
  readonly requestId: string
  /** What `now` is to defaults. */
  readonly nowMs: number
}

/**
 * The names of a command's `uses`, and `as` for the same repositories through the eyes of a caller.
 */
type RepositoriesByAlias = Readonly<Record<string, RowRepository | As>>
type As = (caller: Caller) => RepositoriesByAlias

/**
 * Makes the repositories of one transaction, which act as the system. `uses`: alias to resource.
 */
type OpenRepositories = (
  uses: ReadonlyMap<string, string>,
  scope: DataScope,
  request: RepositoryRequest,
) => RepositoriesByAlias

export function createRepositories(model: Model, known: Plans): OpenRepositories {
  const plans: RepositoryPlans = {
    ...known,
    // counting takes so long that compiling is little beside it
    count: (shape, caller) => compileCount(model, shape, caller),
  }
  const rows = new Map(
    [...model.resources.values()].map(resource => [resource.name, new Rows(resource)]),
  )
  return (uses, scope, { caller, requestId: trace, nowMs }) => {
    const open = (eyes: Caller, actor: Caller) => {
      const session: Session = { plans, scope, eyes, actor, nowMs, trace }
      return [...uses].map(
        ([alias, resource]) => [alias, new RowRepository(session, rows.get(resource)!)] as const,
      )
    }
    return {
      ...Object.fromEntries(open(system, caller)),
      as: (other: Caller) => Object.fromEntries(open(other, other)),
    }
  }
}
