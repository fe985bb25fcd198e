/** Steps that follow `renamedFrom`, and the tables as they stand after them. */

import { quoteName } from './names.ts'
import { alterTable } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Table } from './table.ts'

export interface Renamed {
  readonly steps: readonly Step[]
  readonly tables: readonly Table[]
}

/** Former names and the names they have now. */
type Names = ReadonlyMap<string, string>

/** Pure: no statement runs here, so the definitions that PostgreSQL would rewrite by itself are rewritten as text. */
export function followRenames(want: readonly Table[], have: readonly Table[]): Renamed {
  const tableNames = formerNames(want, have)
  const renamed = have.map(table => {
    const name = tableNames.get(table.name) ?? table.name
    const target = want.find(candidate => candidate.name === name)
    if (target === undefined) return { steps: [], table }
    return renameWithin(target, table, tableNames)
  })
  return {
    steps: renamed.flatMap(({ steps }) => steps),
    tables: renamed.map(({ table }) => table),
  }
}

/** A former name counts only while it is still there, nobody else wants it, and the new name is free. */
function formerNames(
  want: readonly { readonly name: string; readonly renamedFrom: string | null }[],
  have: readonly { readonly name: string }[],
): Names {
  const isThere = (name: string) => have.some(candidate => candidate.name === name)
  const isWanted = (name: string) => want.some(candidate => candidate.name === name)
  return new Map(
    want.flatMap(({ name, renamedFrom }) =>
      renamedFrom !== null && isThere(renamedFrom) && !isWanted(renamedFrom) && !isThere(name)
        ? [[renamedFrom, name] as const]
        : [],
    ),
  )
}

function renameWithin(
  want: Table,
  have: Table,
  tableNames: Names,
): { readonly steps: readonly Step[]; readonly table: Table } {
  const columnNames = formerNames(want.columns, have.columns)
  const now = (name: string) => columnNames.get(name) ?? name
  const translated: Table = {
    ...have,
    name: want.name,
    columns: have.columns.map(column => ({ ...column, name: now(column.name) })),
    constraints: have.constraints.map(constraint => ({
      ...constraint,
      columns: constraint.columns.map(now),
      definition: translate(constraint.definition, columnNames, tableNames),
    })),
    indexes: have.indexes.map(index => ({
      ...index,
      definition: translate(index.definition, columnNames, tableNames),
    })),
  }
  const constraintNames = sameUnderAnotherName(want.constraints, translated.constraints)
  const indexNames = sameUnderAnotherName(want.indexes, translated.indexes)
  const rename = <T extends { readonly name: string }>(parts: readonly T[], names: Names) =>
    parts.map(part => ({ ...part, name: names.get(part.name) ?? part.name }))
  return {
    steps: [
      ...(have.name === want.name ? [] : [renameTable(have.name, want.name)]),
      ...[...columnNames].map(([from, to]) => renameColumn(want.name, from, to)),
      ...[...constraintNames].map(([from, to]) => renameConstraint(want.name, from, to)),
      ...[...indexNames].map(([from, to]) => renameIndex(from, to)),
    ],
    table: {
      ...translated,
      constraints: rename(translated.constraints, constraintNames),
      indexes: rename(translated.indexes, indexNames),
    },
  }
}

interface Named {
  readonly name: string
  readonly definition: string
  readonly owned: boolean
}

/** Pairs what is missing by name with what is there, is ours, is unwanted by name, and says the same. */
function sameUnderAnotherName(want: readonly Named[], have: readonly Named[]): Names {
  const names = new Map<string, string>()
  for (const missing of want) {
    if (have.some(({ name }) => name === missing.name)) continue
    const former = have.find(
      ({ name, definition, owned }) =>
        owned &&
        definition === missing.definition &&
        !names.has(name) &&
        !want.some(wanted => wanted.name === name),
    )
    if (former !== undefined) names.set(former.name, missing.name)
  }
  return names
}

/** Replaces names in a definition, and leaves what stands in single quotes as it is. */
function translate(definition: string, columnNames: Names, tableNames: Names): string {
  if (columnNames.size === 0 && tableNames.size === 0) return definition
  return definition
    .replace(/ REFERENCES (\w+)/, (_, table: string) => {
      return ` REFERENCES ${tableNames.get(table) ?? table}`
    })
    .replace(/'(?:[^']|'')*'|\b[a-z_]\w*\b/g, word => columnNames.get(word) ?? word)
}

const brief =
  'The lock lasts a moment; processes that know only the former name fail until they are replaced.'

function renameTable(from: string, to: string): Step {
  return step({
    name: `rename table ${from} to ${to}`,
    statements: [alterTable(from, `rename to ${quoteName(to)}`)],
    lock: 'access exclusive',
    reason: `renamedFrom. ${brief}`,
  })
}

function renameColumn(table: string, from: string, to: string): Step {
  return step({
    name: `rename column ${table}.${from} to ${to}`,
    statements: [alterTable(table, `rename column ${quoteName(from)} to ${quoteName(to)}`)],
    lock: 'access exclusive',
    reason: `renamedFrom. ${brief}`,
  })
}

function renameConstraint(table: string, from: string, to: string): Step {
  return step({
    name: `rename constraint ${from} to ${to}`,
    statements: [alterTable(table, `rename constraint ${quoteName(from)} to ${quoteName(to)}`)],
    lock: 'access exclusive',
    reason: 'It says the same under the new name. The lock lasts a moment.',
  })
}

function renameIndex(from: string, to: string): Step {
  return step({
    name: `rename index ${from} to ${to}`,
    statements: [`alter index ${quoteName(from)} rename to ${quoteName(to)}`],
    lock: 'share update exclusive',
    reason: 'It says the same under the new name.',
  })
}
