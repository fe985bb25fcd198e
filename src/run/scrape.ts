/** Metrics of all workers: the one that is asked asks the supervisor, who asks every one. */

import { exposeSnapshots, keepCounts, type Snapshot } from '../adapters/prometheus/snapshot.ts'
import { limits } from '../base/limits.ts'
import type { Channel } from '../engine/limit/shared-buckets.ts'
import { type FromSupervisor, type FromWorker, isMessage } from './messages.ts'

/** The worker's end: answers what the supervisor asks, and gives what asks for all. */
export function connectScrape(
  channel: Channel,
  measure: () => Promise<Snapshot>,
): () => Promise<string> {
  const waiting = new Map<number, (text: string) => void>()
  let scrapes = 0
  const send = (message: FromWorker) => channel.send(message)
  const report = async () => send({ type: 'measured', snapshot: await measure() })
  channel.listen(message => {
    if (isMessage(message, 'measure')) void report().catch(() => {})
    if (!isMessage(message, 'scraped')) return
    waiting.get(message.id)?.(message.text)
    waiting.delete(message.id)
  })
  return () =>
    new Promise<string>(resolve => {
      scrapes += 1
      waiting.set(scrapes, resolve)
      send({ type: 'scrape', id: scrapes })
    })
}

interface Measured {
  readonly channel: Channel
  /** The last figures that it told. */
  latest: Snapshot | null
  /** Called at the next figures, and when it has ended. */
  told: (() => void) | null
}

/** The supervisor's end. The counts of workers that have ended stay in the sums. */
export class Scrape {
  readonly #workers = new Set<Measured>()
  #past: Snapshot = []
  #round: Promise<string> | null = null

  add(channel: Channel): void {
    const worker: Measured = { channel, latest: null, told: null }
    this.#workers.add(worker)
    channel.listen(message => {
      if (isMessage(message, 'measured')) {
        worker.latest = message.snapshot
        worker.told?.()
      }
      if (isMessage(message, 'scrape')) void this.#answer(channel, message.id)
    })
    channel.closed(() => {
      this.#workers.delete(worker)
      worker.told?.()
      if (worker.latest !== null) void this.#keep(worker.latest)
    })
  }

  async #keep(last: Snapshot): Promise<void> {
    this.#past = await keepCounts([this.#past, last])
  }

  async #answer(channel: Channel, id: number): Promise<void> {
    const text = await (this.#round ??= this.#expose().finally(() => (this.#round = null)))
    channel.send({ type: 'scraped', id, text } satisfies FromSupervisor)
  }

  /** A worker that does not answer in time counts with what it told before. */
  async #expose(): Promise<string> {
    const answers = [...this.#workers].map(worker => {
      const told = new Promise<void>(resolve => (worker.told = resolve))
      worker.channel.send({ type: 'measure' } satisfies FromSupervisor)
      return told
    })
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, limits.scrapeMs)
    await Promise.race([Promise.all(answers), late.promise])
    clearTimeout(timer)
    const snapshots = [...this.#workers].flatMap(({ latest }) => (latest === null ? [] : [latest]))
    return exposeSnapshots([this.#past, ...snapshots])
  }
}
