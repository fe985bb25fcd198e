/** The event log as a test reads it: settled, parsed, and waited for. */

import type { JsonObject } from '../declare/json.ts'
import type { LogEvent } from '../engine/log/event.ts'
import type { Log } from '../engine/log/log.ts'
import { suggestion } from '../model/suggest.ts'
import type { Database } from '../ports/database.ts'

/** One change of one row. */
export interface TestEvent {
  readonly position: bigint
  /** RFC 3339. */
  readonly at: string
  /** `orders.created`, `orders.updated`, `orders.deleted`. */
  readonly type: string
  readonly resource: string
  /** The row's id. */
  readonly key: string
  readonly version: number
  /** The id of the user who made the change. */
  readonly actor: string | null
  /** The row by its wire names. */
  readonly data: JsonObject | null
  /** The old values of the changed fields; null unless it is an update. */
  readonly before: JsonObject | null
}

export interface TestLog {
  /** Every event committed so far, in order; with `after`, those behind that position. */
  events(after?: bigint): Promise<readonly TestEvent[]>
  /**
   * The first event of a type, or for which the function says so, behind `after`: waits until it
   * is there. Rejects at once where there is no such type, and after `patienceMs`, 10,000 unless
   * given, with the types that came instead.
   */
  until(
    wanted: string | ((event: TestEvent) => boolean),
    options?: { readonly after?: bigint; readonly patienceMs?: number },
  ): Promise<TestEvent>
}

const patienceMsDefault = 10_000
const changes = ['created', 'updated', 'deleted']
const pageMax = 1_000

/** `resources`: by their names, those whose rows have events. */
export function readLog(
  log: Log,
  database: Pick<Database, 'run'>,
  resources: readonly string[],
): TestLog {
  const types = resources.flatMap(name => changes.map(change => `${name}.${change}`))
  async function* from(after: bigint): AsyncGenerator<TestEvent, void, void> {
    for (let last = after; ;) {
      const page = await log.read(last, pageMax)
      yield* page.map(parsed)
      if (page.length < pageMax) return
      last = page.at(-1)!.position
    }
  }

  async function events(after = 0n): Promise<readonly TestEvent[]> {
    const text = 'select max("position") from "mettle"."events"'
    const [row] = await database.run({ text, values: [] }, 'pool')
    if (typeof row?.[0] === 'string') await log.beyond(BigInt(row[0]) - 1n)
    const found: TestEvent[] = []
    for await (const event of from(after)) found.push(event)
    return found
  }

  const until: TestLog['until'] = async (wanted, options = {}) => {
    const { after = 0n, patienceMs = patienceMsDefault } = options
    if (typeof wanted === 'string' && !types.includes(wanted))
      throw new TypeError(`there is no event ${wanted}${suggestion(wanted, types)}`)
    const isIt = typeof wanted === 'string' ? ofType(wanted) : wanted
    const limit = AbortSignal.timeout(patienceMs)
    const seen: string[] = []
    for (let last = after; ;) {
      for await (const event of from(last)) {
        if (isIt(event)) return event
        seen.push(event.type)
        last = event.position
      }
      await log.beyond(last, limit).catch(() => {
        const what = typeof wanted === 'string' ? wanted : 'such an event'
        throw new Error(`${what} did not come in ${patienceMs} ms; came: ${seen.join(', ')}`)
      })
    }
  }
  return { events, until }
}

function ofType(type: string): (event: TestEvent) => boolean {
  return event => event.type === type
}

function parsed(event: LogEvent): TestEvent {
  const { position, at, type, resource, key, version, actor } = event
  const object = (text: string | null) => (text === null ? null : JSON.parse(text))
  const [data, before] = [object(event.data), object(event.before)]
  return { position, at, type, resource, key, version, actor, data, before }
}
