/** Steps that bring the indexes of an existing table to what the model wants. */

import { quoteName } from '../base/quote.ts'
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
    const existing = have.indexes.find(({ name }) => name === index.name)
    if (existing === undefined) return [create(want.name, index)]
    if (!existing.valid) {
      return [drop(index.name, 'It was left unfinished.'), create(want.name, index)]
    }
    const same = existing.definition === index.definition && existing.unique === index.unique
    if (same) return existing.owned ? [] : [adopt(index)]
    return [drop(index.name, 'It is declared otherwise now.'), create(want.name, index)]
  })
}

function dropIndexes(want: Table, have: Table): readonly Step[] {
  return have.indexes
    .filter(({ name, owned }) => owned && !want.indexes.some(index => index.name === name))
    .map(({ name, unique }) => ({
      ...drop(name, 'No declaration asks for it any more.'),
      surplus: !unique,
    }))
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
