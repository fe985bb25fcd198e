/** What the pipeline is put together from. */

import type { KeyObject } from 'node:crypto'
import type { Caller } from '../../base/caller.ts'
import type { Clock } from '../../base/clock.ts'
import type { Observe } from '../../base/observe.ts'
import type { Model } from '../../model/model.ts'
import type { PlanRead } from '../../sql/plan-cache.ts'
import type { PlanRows, PlanWrite } from '../../sql/write/plan-cache.ts'
import type { Data, DataScope } from '../data/data.ts'
import type { Decision } from '../limit/limiter.ts'
import type { Credentials, Operation } from '../operation.ts'

export interface Engine {
  readonly model: Model
  readonly data: Data
  readonly clock: Clock
  readonly observe: Observe
  identify(credentials: Credentials): Caller | Promise<Caller>
  /** Takes one request of the caller from the buckets of the operation's policies. */
  limit(operation: Operation, caller: Caller, address: string): Decision | Promise<Decision>
  readonly planRead: PlanRead
  readonly planWrite: PlanWrite
  readonly planLock: PlanRows['lock']
  /** The repositories that a command or hook works with, inside its transaction. */
  repositories(uses: ReadonlyMap<string, string>, scope: DataScope, request: RequestFacts): unknown
  /** Signs cursors. */
  readonly cursorKey: KeyObject
  /** Requests that may be under way at once. */
  readonly inFlightMax: number
}

/** What user code may know of the request it runs for. */
export interface RequestFacts {
  readonly caller: Caller
  readonly requestId: string
  /** When the request began, the same in every retry: milliseconds since the epoch. */
  readonly nowMs: number
}
