/** Tables, columns, constraints and indexes written short. */

import type { Step } from '../../../src/migrate/step.ts'
import type { Column, Constraint, Index, Table } from '../../../src/migrate/table.ts'

export function table(name: string, parts: Partial<Table>): Table {
  return {
    name,
    renamedFrom: null,
    owned: true,
    columns: [],
    constraints: [],
    indexes: [],
    ...parts,
  }
}

/** Optional text unless told otherwise. */
export function column(name: string, parts: Partial<Column> = {}): Column {
  return {
    name,
    renamedFrom: null,
    type: 'text',
    required: false,
    unproven: null,
    default: null,
    ...parts,
  }
}

export function constraint(
  name: string,
  definition: string,
  parts: Partial<Constraint> = {},
): Constraint {
  const kind = definition.startsWith('foreign') ? 'foreign' : 'check'
  return { name, kind, columns: [], definition, owned: true, valid: true, ...parts }
}

export function index(name: string, definition: string, parts: Partial<Index> = {}): Index {
  return { name, unique: false, columns: [], definition, owned: true, valid: true, ...parts }
}

export function statementsOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(step => step.statements)
}
