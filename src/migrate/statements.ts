/** The statements that make and change tables, as text. */

import { quoteName } from '../base/quote.ts'
import type { Column, Constraint, Index, Table } from './table.ts'

/** How the engine knows its tables and indexes again: the comment on each of them. */
export const ownComment = 'Made by Mettle.'

/** The table with its columns, primary key and checks; foreign keys and indexes come apart. */
export function createTable(table: Table): readonly string[] {
  const parts = [
    ...table.columns.map(columnDefinition),
    ...table.constraints
      .filter(constraint => constraint.kind !== 'foreign')
      .map(constraint => constraintDefinition(constraint)),
  ]
  const name = quoteName(table.name)
  return [
    `create table ${name} (\n  ${parts.join(',\n  ')}\n)`,
    `comment on table ${name} is '${ownComment}'`,
  ]
}

export function columnDefinition(column: Column): string {
  const required = column.required ? ' not null' : ''
  const byDefault = column.default === null ? '' : ` default ${column.default}`
  return `${quoteName(column.name)} ${column.type}${required}${byDefault}`
}

export function constraintDefinition({ name, definition }: Constraint): string {
  return `constraint ${quoteName(name)} ${definition}`
}

/** The index and the comment that marks it. */
export function createIndex(
  table: string,
  index: Index,
  how: 'plain' | 'concurrently',
): readonly string[] {
  const words = ['create', index.unique ? 'unique index' : 'index']
  if (how === 'concurrently') words.push('concurrently')
  const definition = `${quoteName(index.name)} on ${quoteName(table)} ${index.definition}`
  return [`${words.join(' ')} ${definition}`, ownIndex(index)]
}

export function ownIndex(index: Index): string {
  return `comment on index ${quoteName(index.name)} is '${ownComment}'`
}

/** `alter table "orders" add column …`. */
export function alterTable(table: string, change: string): string {
  return `alter table ${quoteName(table)} ${change}`
}
