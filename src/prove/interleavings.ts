/** Small interleavings that no level of isolation may answer wrongly (after Hermitage, 2014). */

import type { ResourceModel } from '../model/model.ts'
import type { Reply } from './http.ts'
import { holding } from './locks.ts'
import {
  atomic,
  type Bank,
  type Holding,
  holdingsIn,
  holdingsOfBatch,
  listOf,
  patching,
  reading,
  setting,
} from './model/bank.ts'
import type { Service } from './service.ts'

export interface Scene {
  readonly service: Service
  /** Of three rows that nobody else changes. */
  readonly bank: Bank
  readonly resource: ResourceModel
}

/** Resolves to whether the anomaly was seen. Rejects where the interleaving did not come about. */
type Interleaving = (scene: Scene) => Promise<boolean>

const looks = 20
const nobodysId = '00000000-0000-4000-8000-00000000dead'

export const interleavings: Readonly<Record<string, Interleaving>> = {
  /** Two transactions change both rows: whose change stands, stands in both. */
  async 'dirty write'(scene) {
    const [first, second] = rowsOf(scene)
    const answers = await held(scene, second, async waiters => {
      const one = transaction(scene, [set(first, 1), set(second, 1)])
      await waiters(1)
      const other = transaction(scene, [set(first, 2), set(second, 2)])
      await waiters(2)
      return [one, other]
    })
    done(answers)
    const after = await look(scene)
    return after.get(first)!.value !== after.get(second)!.value
  },

  /** A transaction changes a row and fails later: nobody ever sees the change. */
  async 'aborted read'(scene) {
    const [first, second] = rowsOf(scene)
    const before = await look(scene)
    const [seen, answer] = await heldWith(scene, second, async waiters => {
      const failing = transaction(scene, [set(first, 3), set(second, 3), set(nobodysId, 3)])
      await waiters(1)
      return [await look(scene), failing]
    })
    if (answer.outcome !== 'failed') throw new Error(`it was to fail: ${answer.status}`)
    const after = await look(scene)
    const same = (rows: Rows) =>
      [first, second].every(id => rows.get(id)!.value === before.get(id)!.value)
    return !same(seen) || !same(after)
  },

  /** A transaction changes a row twice: nobody sees the first of it. */
  async 'intermediate read'(scene) {
    const [first, second] = rowsOf(scene)
    const before = await look(scene)
    const [seen, answer] = await heldWith(scene, second, async waiters => {
      const changing = transaction(scene, [set(first, 5), set(first, 6), set(second, 6)])
      await waiters(1)
      return [await look(scene), changing]
    })
    done([answer])
    return seen.get(first)!.value !== before.get(first)!.value
  },

  /** Two transactions change a row each and read the other's: not both see the other. */
  async 'circular information flow'(scene) {
    const [first, second, third] = rowsOf(scene)
    const answers = await held(scene, third, async waiters => {
      const one = transaction(scene, [set(first, 7), set(third, 7), get(second)])
      await waiters(1)
      const other = transaction(scene, [set(second, 8), set(third, 8), get(first)])
      await waiters(2)
      return [one, other]
    })
    done(answers)
    const [one, other] = answers.map(answer => holdingsOfBatch(scene.bank, answer)[2]?.value)
    const { least } = scene.bank
    return one === least + 8 && other === least + 7
  },

  /** Two transactions change both rows while others look: every list is of a single moment. */
  async 'observed transaction vanishes'(scene) {
    const [first, second] = rowsOf(scene)
    done([await transaction(scene, [set(first, 9), set(second, 9)])])
    const [seen, answer] = await heldWith(scene, second, async waiters => {
      const one = transaction(scene, [set(first, 10), set(second, 10)])
      await waiters(1)
      return [await look(scene), one]
    })
    done([answer])
    const race = [11, 12].map(value => transaction(scene, [set(first, value), set(second, value)]))
    const views = await Promise.all(Array.from({ length: looks }, () => look(scene)))
    done(await Promise.all(race))
    return [seen, ...views].some(rows => rows.get(first)!.value !== rows.get(second)!.value)
  },

  /** Two changes of the version that both have read: one of them comes too late. */
  async 'lost update'(scene) {
    const [first] = rowsOf(scene)
    const { version } = (await look(scene)).get(first)!
    const answers = await held(scene, first, async waiters => {
      const both = [13, 14].map(value => {
        const request = patching(scene.bank, first, scene.bank.least + value)
        const headers = { ...request.headers, 'if-match': `"${version}"` }
        return scene.service.send({ ...request, headers })
      })
      await waiters(1)
      return both
    })
    const won = answers.filter(({ outcome }) => outcome === 'ok').length
    const late = answers.filter(({ status }) => status === 412).length
    if (won + late !== answers.length)
      throw new Error(`answers: ${answers.map(statusOf).join(' ')}`)
    return won !== 1
  },
}

type Rows = ReadonlyMap<string, Holding>
type Waiters = (count: number) => Promise<void>

/** An operation on a row of the scene, before it is known how the bank says it. */
interface Change {
  readonly id: string
  /** Above the least of the bank; null: it is only read. */
  readonly value: number | null
}

const set = (id: string, value: number): Change => ({ id, value })
const get = (id: string): Change => ({ id, value: null })

function rowsOf({ bank }: Scene): readonly [string, string, string] {
  const [first, second, third] = bank.ids
  return [first!, second!, third!]
}

function transaction({ service, bank }: Scene, changes: readonly Change[]): Promise<Reply> {
  const operations = changes.map(({ id, value }) =>
    value === null ? reading(bank, id) : setting(bank, id, bank.least + value),
  )
  return service.send(atomic(bank, operations))
}

/** All rows in one list. */
async function look({ service, bank }: Scene): Promise<Rows> {
  const rows = holdingsIn(bank, await service.send(listOf(bank)))
  if (rows.length !== bank.ids.length) throw new Error('the rows could not be read')
  return new Map(rows.map(row => [row.id, row]))
}

/** Resolves to the answers of what was sent while the runner held the row. */
async function held(
  { service, resource }: Scene,
  id: string,
  work: (waiters: Waiters) => Promise<readonly Promise<Reply>[]>,
): Promise<readonly Reply[]> {
  const sent = await holding(service.records, resource, id, async ({ waiters }) => {
    return { replies: await work(waiters) }
  })
  return Promise.all(sent.replies)
}

/** The same for one request, beside which somebody looked. */
async function heldWith(
  { service, resource }: Scene,
  id: string,
  work: (waiters: Waiters) => Promise<readonly [Rows, Promise<Reply>]>,
): Promise<readonly [Rows, Reply]> {
  const [seen, sent] = await holding(service.records, resource, id, async ({ waiters }) => {
    const [rows, reply] = await work(waiters)
    return [rows, { reply }] as const
  })
  return [seen, await sent.reply]
}

function done(answers: readonly Reply[]): void {
  const failed = answers.find(({ outcome }) => outcome !== 'ok')
  if (failed !== undefined) throw new Error(`a transaction was answered ${statusOf(failed)}`)
}

function statusOf({ status, code }: Reply): string {
  return `${status ?? ''} ${code ?? ''}`.trim()
}
