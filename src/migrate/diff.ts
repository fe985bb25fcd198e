/** Compares wanted tables with those that are there: the steps from one to the other. */

import { changeDefaults, compareColumns, dropColumns } from './compare-columns.ts'
import {
  addConstraints,
  addForeignKeys,
  dropObstacles,
  dropUnwanted,
} from './compare-constraints.ts'
import { compareIndexes } from './compare-indexes.ts'
import { quoteName } from '../base/quote.ts'
import { followRenames } from './renames.ts'
import { createIndex, createTable } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Table } from './table.ts'

/**
 * Steps in the order in which they are applied. Tables that are not in `want` are dropped only if
 * the engine made them. Run again on what a part of the steps left behind, it gives the rest.
 */
export function diff(want: readonly Table[], have: readonly Table[]): readonly Step[] {
  const renamed = followRenames(want, have)
  const existing = new Map(renamed.tables.map(table => [table.name, table]))
  const created = want.filter(table => !existing.has(table.name))
  const kept = want.flatMap(table => {
    const found = existing.get(table.name)
    return found === undefined ? [] : [[table, found] as const]
  })
  const unwanted = renamed.tables.filter(
    table => table.owned && !want.some(({ name }) => name === table.name),
  )
  return [
    ...renamed.steps,
    ...kept.flatMap(([table, found]) => dropObstacles(table, found)),
    ...created.map(create),
    ...kept.flatMap(([table, found]) => compareColumns(table, found)),
    ...created.flatMap(addForeignKeys),
    ...kept.flatMap(([table, found]) => addConstraints(table, found)),
    ...kept.flatMap(([table, found]) => dropUnwanted(table, found)),
    ...kept.flatMap(([table, found]) => changeDefaults(table, found)),
    ...kept.flatMap(([table, found]) => compareIndexes(table, found)),
    ...kept.flatMap(([table, found]) => dropColumns(table, found)),
    ...unwanted.map(drop),
  ]
}

function create(table: Table): Step {
  return step({
    name: `create table ${table.name}`,
    statements: [
      ...createTable(table),
      ...table.indexes.flatMap(index => createIndex(table.name, index, 'plain')),
    ],
    lock: 'none',
    reason: 'A new resource.',
  })
}

function drop({ name }: Table): Step {
  return step({
    name: `drop table ${name}`,
    kind: 'destructive',
    statements: [`drop table ${quoteName(name)}`],
    lock: 'access exclusive',
    surplus: true,
    reason: 'No resource has this table any more; its rows are lost.',
  })
}
