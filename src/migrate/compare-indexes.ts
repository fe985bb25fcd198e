/** Steps that bring the indexes of an existing table to what the model wants. */

import { quoteName } from '../base/quote.ts'
import { successorName } from './names.ts'
import { createIndex, ownIndex } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Index, Table } from './table.ts'

export function compareIndexes(want: Table, have: Table): readonly Step[] {
  return [...addIndexes(want, have), ...dropIndexes(want, have)]
}

/**
 * An index that CREATE INDEX CONCURRENTLY left invalid serves nobody: it is dropped and made again.
 */
function addIndexes(want: Table, have: Table): readonly Step[] {
  return want.indexes.flatMap(index => {
    const existing = named(have, index.name)
    if (existing === undefined) return [create(want.name, index)]
    if (!existing.valid) return [drop(index.name, unfinished), create(want.name, index)]
    if (!sameIndex(existing, index)) return replace(want.name, index, have)
    return existing.owned ? [] : [adopt(index)]
  })
}

/** The old one serves, and holds what is unique, until the new one is whole. */
function replace(table: string, index: Index, have: Table): readonly Step[] {
  const successor = { ...index, name: successorName(index.name) }
  const begun = named(have, successor.name)
  const build = [create(table, successor)]
  if (begun === undefined) return [...build, takePlace(index, successor)]
  if (begun.valid && sameIndex(begun, successor)) return [takePlace(index, successor)]
  return [drop(begun.name, unfinished), ...build, takePlace(index, successor)]
}

function takePlace(index: Index, successor: Index): Step {
  return step({
    name: `replace index ${index.name}`,
    statements: [
      `drop index ${quoteName(index.name)}`,
      `alter index ${quoteName(successor.name)} rename to ${quoteName(index.name)}`,
      ownIndex(index),
    ],
    lock: 'access exclusive',
    reason: 'It is declared otherwise now, and its successor is whole. The lock lasts a moment.',
  })
}

/** Not the successors, each of which is followed up or dropped where its index is replaced. */
function dropIndexes(want: Table, have: Table): readonly Step[] {
  const kept = new Set(
    want.indexes.flatMap(index => {
      const existing = named(have, index.name)
      const replaced = existing?.valid === true && !sameIndex(existing, index)
      return replaced ? [index.name, successorName(index.name)] : [index.name]
    }),
  )
  return have.indexes
    .filter(({ name, owned }) => owned && !kept.has(name))
    .map(index => ({
      ...drop(index.name, 'No declaration asks for it any more.'),
      surplus: !index.unique || indexesNulls(index, want, have),
    }))
}

/** Whether new rows have null in one of its columns, which is like no other: it refuses nothing. */
function indexesNulls({ columns }: Index, want: Table, have: Table): boolean {
  return have.columns.some(
    ({ name, required, default: given }) =>
      columns.includes(name) &&
      !want.columns.some(wanted => wanted.name === name) &&
      !required &&
      given === null,
  )
}

const unfinished = 'It was left unfinished.'

function named({ indexes }: Table, wanted: string): Index | undefined {
  return indexes.find(({ name }) => name === wanted)
}

function sameIndex(one: Index, other: Index): boolean {
  return one.definition === other.definition && one.unique === other.unique
}

function create(table: string, index: Index): Step {
  return step({
    name: `create index ${index.name}`,
    statements: createIndex(table, index, 'concurrently'),
    inTransaction: false,
    lock: 'share update exclusive',
    reason: 'Reads every row twice; readers and writers go on.',
    undo: dropIndex(index.name),
    hint: index.unique ? `Rows of ${table} hold the same value twice: mend them first.` : null,
  })
}

function adopt(index: Index): Step {
  return step({
    name: `adopt index ${index.name}`,
    statements: [ownIndex(index)],
    lock: 'share update exclusive',
    reason: 'It is there already and says what is declared.',
  })
}

function drop(name: string, reason: string): Step {
  return step({
    name: `drop index ${name}`,
    statements: [dropIndex(name)],
    inTransaction: false,
    lock: 'share update exclusive',
    reason,
  })
}

function dropIndex(name: string): string {
  return `drop index concurrently ${quoteName(name)}`
}
