/** Steps that bring checks and foreign keys of an existing table to what the model wants. */

import { quoteName } from '../base/quote.ts'
import { alterTable, constraintDefinition } from './statements.ts'
import { step } from './step.ts'
import type { Step } from './step.ts'
import type { Constraint, Table } from './table.ts'

/** Comes before any change of a column, which an old check could refuse. */
export function dropConstraints(want: Table, have: Table): readonly Step[] {
  return have.constraints
    .filter(constraint => isObsolete(constraint, want) && !leavesWithColumn(constraint, want, have))
    .map(({ name }) =>
      step({
        name: `drop constraint ${name}`,
        statements: [alterTable(want.name, `drop constraint ${quoteName(name)}`)],
        lock: 'access exclusive',
        reason: 'The declaration asks for it no more, or for another one. The lock lasts a moment.',
      }),
    )
}

/** PostgreSQL drops it together with the column, and until then it holds what nobody writes. */
function leavesWithColumn(constraint: Constraint, want: Table, have: Table): boolean {
  const isWanted = (column: string) => want.columns.some(({ name }) => name === column)
  return have.owned && constraint.columns.length > 0 && !constraint.columns.some(isWanted)
}

function isObsolete(constraint: Constraint, want: Table): boolean {
  const wanted = want.constraints.find(({ name }) => name === constraint.name)
  if (wanted === undefined) return constraint.owned
  return wanted.definition !== constraint.definition
}

export function addConstraints(want: Table, have: Table): readonly Step[] {
  return want.constraints.flatMap(constraint => {
    const existing = have.constraints.find(({ name }) => name === constraint.name)
    if (existing === undefined || existing.definition !== constraint.definition) {
      return constraint.kind === 'primary'
        ? [addPrimaryKey(want.name, constraint)]
        : [addUnproven(want.name, constraint), validate(want.name, constraint)]
    }
    return existing.valid ? [] : [validate(want.name, constraint)]
  })
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

function addUnproven(table: string, constraint: Constraint): Step {
  return step({
    name: `add constraint ${constraint.name} for new rows`,
    statements: [alterTable(table, `add ${constraintDefinition(constraint)} not valid`)],
    lock: constraint.kind === 'foreign' ? 'share row exclusive' : 'access exclusive',
    reason: 'Holds new rows at once. The lock lasts a moment.',
  })
}

function validate(table: string, constraint: Constraint): Step {
  const name = quoteName(constraint.name)
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
