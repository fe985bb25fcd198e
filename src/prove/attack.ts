/** What a drill has at hand while it attacks. */

import type { Model } from '../model/model.ts'
import type { Follower } from './follower.ts'
import type { ClientWork } from './load/client.ts'
import type { Load } from './load/load.ts'
import type { Random } from './random.ts'
import type { PrivateRedis } from './redis.ts'
import type { Service } from './service.ts'
import type { Settings } from './site.ts'

export interface LoadOptions<Data> {
  readonly clients: number
  readonly data: Data
  /** Whether every second client opens a connection for each request. Default: all are kept. */
  readonly fresh?: boolean
  /** One that `open` gave; default: the shared one. */
  readonly on?: Pick<Service, 'url'>
}

export interface AttackContext {
  readonly model: Model
  /** Decided by the seed of the run and the drill's id: the only chance that a drill may use. */
  readonly random: Random
  /** How long the drill may take, about. */
  readonly timeMs: number
  /** Shared with the drills before and after: whatever a drill counts, it made itself. */
  readonly service: Service
  /** Runs one of the drill's `clients` in a process of its own, against the balancer. */
  readonly load: <Data>(work: ClientWork<Data>, options: LoadOptions<Data>) => Load
  /** Follows the log of the service from behind a position, in a process of its own. */
  readonly follow: (after: number) => Follower
  /** The same backend once more with other settings, on a database of its own. */
  readonly open: (settings: Settings, nodes?: number) => Promise<Service>
  /** A Redis of the drill's own; ask `lacksRedis` before. */
  readonly redis: () => Promise<PrivateRedis>
  /** Says what goes on, for whoever watches. */
  readonly progress: (text: string) => void
  /** Aborted when the run ends before the drill does. */
  readonly signal: AbortSignal
}
