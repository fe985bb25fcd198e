/** Steps that follow `renamedFrom`, and the tables as they stand after them. */

import { quoteName } from '../base/quote.ts'
import { alterTable } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Table } from './table.ts'

interface Renamed {
  readonly steps: readonly Step[]
  readonly tables: readonly Table[]
}

/** Former names and the names they have now. */
type Names = ReadonlyMap<string, string>

/**
 * Pure: no statement runs here, so the definitions that PostgreSQL would rewrite by itself are
 * rewritten as text.
 */
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

/**
 * A former name counts only while it is still there, nobody else wants it, and the new name is
 * free.
 */
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
  const translated = translateTable(want.name, have, columnNames, tableNames)
  const constraintNames = sameUnderAnotherName(want.constraints, translated.constraints)
  const indexNames = sameUnderAnotherName(want.indexes, translated.indexes)
  const orphans = orphanedConstraints(want, have, translated, constraintNames)
  const isOrphan = (name: string) => orphans.includes(name)
  return {
    steps: renameStep(want.name, have.name, [
      ...[...columnNames].map(([from, to]) => rename('column', from, to)),
      ...[...constraintNames].map(([from, to]) => rename('constraint', from, to)),
      ...[...indexNames].map(([from, to]) => rename('index', from, to)),
      ...orphans.map(dropOrphan),
    ]),
    table: {
      ...translated,
      constraints: renameAll(translated.constraints, constraintNames).filter(
        ({ name }) => !isOrphan(name),
      ),
      indexes: renameAll(translated.indexes, indexNames),
    },
  }
}

/**
 * The table as PostgreSQL would show it after its columns and the tables it refers to were renamed.
 */
function translateTable(name: string, have: Table, columnNames: Names, tableNames: Names): Table {
  const now = (column: string) => columnNames.get(column) ?? column
  return {
    ...have,
    name,
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
}

/**
 * Constraints that go with the former name of the table: under the new one their names would no
 * longer tell that they are ours, so they are dropped in the same transaction.
 */
function orphanedConstraints(
  want: Table,
  have: Table,
  translated: Table,
  constraintNames: Names,
): readonly string[] {
  if (want.name === have.name) return []
  return translated.constraints
    .filter(({ name, owned }) => owned && !constraintNames.has(name))
    .map(({ name }) => name)
}

interface Named {
  readonly name: string
  readonly definition: string
  readonly owned: boolean
}

/**
 * Pairs what is missing by name with what is there, is ours, is unwanted by name, and says the
 * same.
 */
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

function renameAll<T extends { readonly name: string }>(
  parts: readonly T[],
  names: Names,
): readonly T[] {
  return parts.map(part => ({ ...part, name: names.get(part.name) ?? part.name }))
}

/** A change of a table that is still to be addressed. */
interface Change {
  readonly told: string
  readonly statement: (table: string) => string
}

function rename(what: 'column' | 'constraint' | 'index', from: string, to: string): Change {
  const change = `rename ${what} ${quoteName(from)} to ${quoteName(to)}`
  return {
    told: `${what} ${from} to ${to}`,
    statement: table =>
      what === 'index'
        ? `alter index ${quoteName(from)} rename to ${quoteName(to)}`
        : alterTable(table, change),
  }
}

function dropOrphan(name: string): Change {
  return {
    told: `without constraint ${name}`,
    statement: table => alterTable(table, `drop constraint ${quoteName(name)}`),
  }
}

/** One transaction: whoever looks sees all of the former names or none. */
function renameStep(to: string, from: string, changes: readonly Change[]): readonly Step[] {
  const isTable = to !== from
  if (!isTable && changes.length === 0) return []
  const table = isTable ? [`table ${from} to ${to}`] : [`in table ${to}`]
  return [
    step({
      name: ['rename', [...table, ...changes.map(({ told }) => told)].join(', ')].join(' '),
      statements: [
        ...(isTable ? [alterTable(from, `rename to ${quoteName(to)}`)] : []),
        ...changes.map(({ statement }) => statement(to)),
      ],
      lock: 'access exclusive',
      reason:
        'renamedFrom. The lock lasts a moment; processes that know only the former names fail until they are replaced.',
    }),
  ]
}
