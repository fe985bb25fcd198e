/** What clients saw of rows with versions, as histories of lists: the versions are their order. */

import type { Operation, TransactionSeen } from './checker.ts'

/** One row, as a transaction wrote or read it. */
export interface Step {
  readonly kind: 'write' | 'read'
  readonly key: string
  /** Given to no other write. */
  readonly value: number
  /** Counts every change of the row from 1; null where no answer told it. */
  readonly version: number | null
}

export interface Told {
  readonly name: string
  readonly outcome: TransactionSeen['outcome']
  readonly steps: readonly Step[]
}

/**
 * A write is an append to the list of all values that its row ever had; a read sees it whole. The
 * last transaction, which is nobody's, reads all that is known of every list.
 */
export function historyOf(told: readonly Told[]): readonly TransactionSeen[] {
  const lists = listsOf(told.filter(({ outcome }) => outcome === 'ok'))
  const operation = ({ kind, key, value, version }: Step): readonly Operation[] => {
    if (kind === 'write') return [{ kind: 'append', key, value: String(value) }]
    const before = lists.get(key)?.slice(0, (version ?? 1) - 1) ?? []
    return [{ kind: 'read', key, values: [...before, String(value)] }]
  }
  const seen = told.map(({ name, outcome, steps }): TransactionSeen => {
    return { name, outcome, operations: steps.flatMap(operation) }
  })
  const last = [...lists].map(([key, values]): Operation => ({ kind: 'read', key, values }))
  return [...seen, { name: 'the end', outcome: 'ok', operations: last }]
}

/** By key; a version that nobody told of is named after its place. */
function listsOf(told: readonly Told[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>()
  for (const { key, value, version } of told.flatMap(({ steps }) => steps)) {
    if (version === null) continue
    const list = lists.get(key) ?? []
    while (list.length < version) list.push(`${key}@${list.length + 1}`)
    list[version - 1] = String(value)
    lists.set(key, list)
  }
  return lists
}
