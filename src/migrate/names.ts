/** Names in the database: those of constraints, and of what is to take an old one's place. */

import { boundedName } from '../model/names.ts'

/** What a constraint of one column is for; the last word of its name. */
export const constraintPurposes = ['choice', 'range', 'length', 'shape', 'reference'] as const
export type ConstraintPurpose = (typeof constraintPurposes)[number]

/**
 * `order_lines_quantity_range`; a name too long ends in a hash instead of being cut to a double.
 */
export function constraintName(table: string, column: string, purpose: string): string {
  return boundedName(`${table}_${column}`, `_${purpose}`)
}

/** No name of a table or column holds two underscores, so that nothing else is ever named so. */
const successorEnding = '__next'

/**
 * What a constraint or an index is called until it has been proven and takes the place of the one
 * that has its name.
 */
export function successorName(name: string): string {
  return boundedName(name, successorEnding)
}

export function isSuccessorName(name: string): boolean {
  return name.endsWith(successorEnding)
}

/**
 * Whether the engine gave a constraint this name. What others added to our tables is left alone, so
 * only names of this form are dropped when the model no longer asks for them.
 */
export function isOwnConstraint(name: string, table: string): boolean {
  return (
    name.startsWith(`${table}_`.slice(0, 40)) &&
    (isSuccessorName(name) || constraintPurposes.some(purpose => name.endsWith(`_${purpose}`)))
  )
}
