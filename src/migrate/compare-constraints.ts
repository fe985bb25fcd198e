/** Steps that bring checks and foreign keys of an existing table to what the model wants. */

import { quoteName } from '../base/quote.ts'
import { isSuccessorName, successorName } from './names.ts'
import { alterTable, constraintDefinition } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Constraint, Table } from './table.ts'

/**
 * Before any change of a column: what could not pass it, and successors that were begun for another
 * declaration.
 */
export function dropObstacles(want: Table, have: Table): readonly Step[] {
  return obsolete(want, have)
    .filter(constraint => isObstacle(constraint, want, have))
    .map(constraint => drop(want.name, constraint))
}

/**
 * After everything that rows may stand against: a migration that fails takes nothing away that held
 * them until then.
 */
export function dropUnwanted(want: Table, have: Table): readonly Step[] {
  return obsolete(want, have)
    .filter(({ name }) => named(want, name) === undefined)
    .filter(constraint => !isObstacle(constraint, want, have))
    .map(constraint => drop(want.name, constraint))
}

export function addConstraints(want: Table, have: Table): readonly Step[] {
  return want.constraints.flatMap(constraint => {
    const existing = named(have, constraint.name)
    if (existing?.definition === constraint.definition) {
      return existing.valid ? [] : [validate(want.name, constraint)]
    }
    if (existing !== undefined && !isObstacle(existing, want, have)) {
      return replace(want.name, constraint, have)
    }
    return constraint.kind === 'primary'
      ? [addPrimaryKey(want.name, constraint)]
      : [addUnproven(want.name, constraint), validate(want.name, constraint)]
  })
}

/** The old one holds rows until the new one does; new rows must suit both for that time. */
function replace(table: string, constraint: Constraint, have: Table): readonly Step[] {
  const successor = successorName(constraint.name)
  const begun = named(have, successor)
  const proof = [
    validate(table, constraint, successor),
    takePlace(table, constraint.name, successor),
  ]
  if (begun?.definition !== constraint.definition) {
    return [addUnproven(table, constraint, successor), ...proof]
  }
  return begun.valid ? proof.slice(1) : proof
}

/** What is there, is ours or stands under a wanted name, and is not what is wanted. */
function obsolete(want: Table, have: Table): readonly Constraint[] {
  return have.constraints.filter(constraint => {
    const wanted = named(want, constraint.name)
    if (wanted !== undefined) return wanted.definition !== constraint.definition
    return (
      constraint.owned &&
      !leavesWithColumn(constraint, want, have) &&
      !isFollowedUp(constraint, want, have)
    )
  })
}

/** PostgreSQL drops it together with the column, and until then it holds what nobody writes. */
function leavesWithColumn(constraint: Constraint, want: Table, have: Table): boolean {
  const isWanted = (column: string) => want.columns.some(({ name }) => name === column)
  return have.owned && constraint.columns.length > 0 && !constraint.columns.some(isWanted)
}

/** Whether it is the successor that `replace` goes on with. */
function isFollowedUp(successor: Constraint, want: Table, have: Table): boolean {
  return want.constraints.some(({ name, definition }) => {
    if (successorName(name) !== successor.name || definition !== successor.definition) return false
    const replaced = named(have, name)
    if (replaced === undefined || replaced.definition === definition) return false
    return !isObstacle(replaced, want, have)
  })
}

/**
 * A check is computed in the types that its columns had, and a table has one primary key; both
 * cannot stay while the new one is made.
 */
function isObstacle({ name, kind, columns }: Constraint, want: Table, have: Table): boolean {
  return (
    kind === 'primary' ||
    isSuccessorName(name) ||
    columns.some(column => columnType(want, column) !== columnType(have, column))
  )
}

function columnType({ columns }: Table, wanted: string): string | undefined {
  return columns.find(({ name }) => name === wanted)?.type
}

function named({ constraints }: Table, wanted: string): Constraint | undefined {
  return constraints.find(({ name }) => name === wanted)
}

/** Foreign keys of a table that was made a moment ago: no row has to be proven. */
export function addForeignKeys(table: Table): readonly Step[] {
  const keys = table.constraints.filter(({ kind }) => kind === 'foreign')
  if (keys.length === 0) return []
  return [
    step({
      name: `add references of ${table.name}`,
      statements: keys.map(key => alterTable(table.name, `add ${constraintDefinition(key)}`)),
      lock: 'share row exclusive',
      reason: 'The new table is empty; the tables it refers to are locked for a moment.',
    }),
  ]
}

function drop(table: string, { name }: Constraint): Step {
  return step({
    name: `drop constraint ${name}`,
    statements: [alterTable(table, `drop constraint ${quoteName(name)}`)],
    lock: 'access exclusive',
    reason: 'The declaration asks for it no more, or for another one. The lock lasts a moment.',
  })
}

function takePlace(table: string, name: string, successor: string): Step {
  return step({
    name: `replace constraint ${name}`,
    statements: [
      alterTable(table, `drop constraint ${quoteName(name)}`),
      alterTable(table, `rename constraint ${quoteName(successor)} to ${quoteName(name)}`),
    ],
    lock: 'access exclusive',
    reason: 'It is declared otherwise now, and its successor is proven. The lock lasts a moment.',
  })
}

/** `as` is its name until it takes the place of the one that has its own. */
function addUnproven(table: string, constraint: Constraint, as = constraint.name): Step {
  const definition = constraintDefinition({ ...constraint, name: as })
  return step({
    name: `add constraint ${constraint.name} for new rows`,
    statements: [alterTable(table, `add ${definition} not valid`)],
    lock: constraint.kind === 'foreign' ? 'share row exclusive' : 'access exclusive',
    reason: 'Holds new rows at once. The lock lasts a moment.',
  })
}

function validate(table: string, constraint: Constraint, as = constraint.name): Step {
  const name = quoteName(as)
  return step({
    name: `prove constraint ${constraint.name} for all rows`,
    statements: [alterTable(table, `validate constraint ${name}`)],
    lock: 'share update exclusive',
    reason: 'Reads every row once; readers and writers go on.',
    undo: alterTable(table, `drop constraint ${name}`),
    hint: `Rows of ${table} stand against ${constraint.definition}: mend them first.`,
  })
}

function addPrimaryKey(table: string, constraint: Constraint): Step {
  return step({
    name: `add constraint ${constraint.name}`,
    kind: 'blocking',
    statements: [alterTable(table, `add ${constraintDefinition(constraint)}`)],
    lock: 'access exclusive',
    reason: 'The table has no primary key: an index is built while readers and writers wait.',
    hint: `Rows of ${table} have no id of their own: mend them first.`,
  })
}
