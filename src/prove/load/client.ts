/** What one client of a load does, in the process of the load generator. */

import type { JsonValue } from '../../declare/json.ts'
import type { Reply, Request } from '../http.ts'
import type { Random } from '../random.ts'

export interface ClientRequest extends Request {
  /** Names the request in the ledger. */
  readonly about: string
  /** Sent as X-Request-Id, so that events name it; default: one of its own. */
  readonly trace?: string
}

/** A request on a wire of the client's own. */
interface SentOtherwise {
  readonly about: string
  readonly sentMs: number
  /** Null without an answer. */
  readonly status: number | null
}

export interface ClientContext<Data> {
  /** From 0. */
  readonly number: number
  readonly data: Data
  /** Of this client alone. */
  readonly random: Random
  /** Whether it is to send no more. */
  readonly stopping: () => boolean
  /** Sends and writes into the ledger; never throws for an answer. */
  readonly send: (request: ClientRequest) => Promise<Reply>
  /** Writes into the ledger what was sent past `send`, and has just ended. */
  readonly note: (sent: SentOtherwise) => void
  /** Tells the drill something beside the ledger. */
  readonly tell: (fact: JsonValue) => void
}

/** Runs until it is done or told to stop. Data and facts pass between processes as JSON. */
export type ClientWork<Data> = (context: ClientContext<Data>) => Promise<void>
