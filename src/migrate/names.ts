/** Names in the database: those of constraints. */

import { createHash } from 'node:crypto'
import { identifierBytesMax } from '../model/names.ts'

/** What a constraint of one column is for; the last word of its name. */
export const constraintPurposes = ['choice', 'range', 'length', 'shape', 'reference'] as const
export type ConstraintPurpose = (typeof constraintPurposes)[number]

/**
 * `order_lines_quantity_range`; a name too long ends in a hash instead of being cut to a double.
 */
export function constraintName(table: string, column: string, purpose: string): string {
  const name = `${table}_${column}_${purpose}`
  if (name.length <= identifierBytesMax) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const kept = `${table}_${column}`.slice(0, identifierBytesMax - purpose.length - hash.length - 2)
  return `${kept}_${hash}_${purpose}`
}

/**
 * Whether the engine gave a constraint this name. What others added to our tables is left alone, so
 * only names of this form are dropped when the model no longer asks for them.
 */
export function isOwnConstraint(name: string, table: string): boolean {
  return (
    name.startsWith(`${table}_`.slice(0, 40)) &&
    constraintPurposes.some(purpose => name.endsWith(`_${purpose}`))
  )
}
