/**
 * The lanes of one route: a few connections that all callers share, for bounded statements only.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Observe, PlaceLevels } from '../../base/observe.ts'
import { DatabaseError, type Row, type Statement } from '../../ports/database.ts'
import { allGone, Connection, openAll, type ConnectionSource } from './connection.ts'
import { WaitingLine } from './waiting-line.ts'

export class Lanes {
  readonly #route: 'read' | 'write'
  readonly #source: ConnectionSource
  readonly #observe: Observe
  readonly #open = new Set<Connection>()
  readonly #line: WaitingLine<Connection>
  /** Ends the reconnecting. */
  readonly #stopping = new AbortController()
  #outage: NodeJS.Timeout | undefined
  /**
   * Why nobody may wait for a lane: before the start, after the stop, and while an outage lasts too
   * long.
   */
  #closed: DatabaseError | null = new DatabaseError('unavailable', 'the database is not started')

  constructor(route: 'read' | 'write', source: ConnectionSource, observe: Observe) {
    this.#route = route
    this.#source = source
    this.#observe = observe
    this.#line = new WaitingLine(source.limits.laneQueueMax)
  }

  get levels(): PlaceLevels {
    const busy = [...this.#open].filter(lane => lane.inFlight > 0).length
    return { open: this.#open.size, busy, waiting: this.#line.length }
  }

  async start(count: number): Promise<void> {
    for (const lane of await openAll(count, this.#route, this.#source)) void this.#keep(lane)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#outage)
    this.#close(new DatabaseError('unavailable', 'the database is stopped'))
    for (const lane of this.#open) void lane.close()
    await allGone([...this.#open], this.#source.limits.drainMs)
  }

  run(statement: Statement, signal: AbortSignal | undefined): Promise<readonly Row[]> {
    return this.#attempt(statement, signal, 2)
  }

  #attempt(
    statement: Statement,
    signal: AbortSignal | undefined,
    attempts: number,
  ): Promise<readonly Row[]> {
    const lane = signal?.aborted === true ? null : this.#leastBusy()
    if (lane !== null) return this.#send(lane, statement, signal, attempts)
    if (this.#closed !== null) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const sinceMs = this.#source.clock.monotonic()
      const go = (free: Connection) => {
        const durationMs = this.#source.clock.monotonic() - sinceMs
        this.#observe({ kind: 'wait', place: this.#route, durationMs })
        resolve(this.#send(free, statement, signal, attempts))
      }
      this.#line.join(go, reject, signal)
    })
  }

  async #send(
    lane: Connection,
    statement: Statement,
    signal: AbortSignal | undefined,
    attempts: number,
  ): Promise<readonly Row[]> {
    try {
      return await lane.run(statement)
    } catch (error) {
      if (attempts === 1 || !this.#hadNoEffect(error)) throw error
    } finally {
      this.#serve(lane)
    }
    return this.#attempt(statement, signal, attempts - 1)
  }

  /** Whether the connection was lost in a way that leaves the statement free to go again. */
  #hadNoEffect(error: unknown): boolean {
    if (!(error instanceof DatabaseError)) return false
    return error.kind === 'unavailable' || (error.kind === 'unknown' && this.#route === 'read')
  }

  #leastBusy(): Connection | null {
    let best: Connection | null = null
    for (const lane of this.#open) {
      if (this.#hasRoom(lane) && lane.inFlight < (best?.inFlight ?? Infinity)) best = lane
    }
    return best
  }

  #hasRoom(lane: Connection): boolean {
    return lane.usable && lane.inFlight < this.#source.limits.laneInFlightMax
  }

  #serve(lane: Connection): void {
    while (this.#line.length > 0 && this.#hasRoom(lane)) this.#line.serve(lane)
  }

  /** The life of one lane: in use until it is gone, then opened again, until the stop. */
  async #keep(first: Connection): Promise<void> {
    for (let lane: Connection | null = first; lane !== null; lane = await this.#reopen()) {
      this.#open.add(lane)
      this.#endOutage()
      this.#serve(lane)
      await lane.gone
      this.#open.delete(lane)
      this.#report('lane-lost')
      if (this.#open.size === 0) this.#beginOutage()
    }
  }

  async #reopen(): Promise<Connection | null> {
    const { reconnectDelayMsMin, reconnectDelayMsMax } = this.#source.limits
    for (let failures = 0; !this.#stopping.signal.aborted; failures++) {
      try {
        const lane = await Connection.open(this.#route, this.#source)
        if (!this.#stopping.signal.aborted) return lane
        await lane.close()
      } catch (error) {
        this.#report('connect-failed', error)
      }
      const delayMs = Math.min(reconnectDelayMsMax, reconnectDelayMsMin * 2 ** failures)
      // Between half and all of it, so that the nodes of a cluster do not come back in step.
      const chance = 0.5 + Math.random() / 2
      await sleep(delayMs * chance, null, { signal: this.#stopping.signal }).catch(() => null)
    }
    return null
  }

  #beginOutage(): void {
    if (this.#stopping.signal.aborted) return
    this.#report('outage-begins')
    this.#outage = setTimeout(() => {
      this.#close(new DatabaseError('unavailable', 'the connections to PostgreSQL are lost'))
    }, this.#source.limits.outageWaitMs)
  }

  #endOutage(): void {
    if (this.#outage !== undefined) this.#report('outage-ends')
    clearTimeout(this.#outage)
    this.#outage = undefined
    this.#closed = null
  }

  #close(reason: DatabaseError): void {
    this.#closed = reason
    this.#line.failAll(reason)
  }

  #report(event: string, error?: unknown): void {
    if (this.#stopping.signal.aborted) return
    const detail = error instanceof Error ? error.message : undefined
    this.#observe({ kind: 'lifecycle', part: `database ${this.#route} lanes`, event, detail })
  }
}
