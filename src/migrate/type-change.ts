/** What it costs to give a column another type. */

import type { StepKind } from './step.ts'

interface TypeChange {
  readonly kind: StepKind
  readonly reason: string
  /** Whether PostgreSQL must be told how to convert: by way of text, which every type can be. */
  readonly throughText: boolean
}

/** Types that hold every value of the former one, though the table must be written anew. */
const widerTypes: Readonly<Record<string, readonly string[]>> = {
  integer: ['bigint', 'numeric'],
  bigint: ['numeric'],
  date: ['timestamp(3) with time zone'],
}

const rewrite = 'every row is written anew while readers and writers wait.'

export function judgeTypeChange(from: string, to: string): TypeChange {
  if (isWiderNumeric(from, to)) {
    return { kind: 'safe', reason: 'only the catalogue changes.', throughText: false }
  }
  if (widerTypes[from]?.includes(to) === true) {
    return { kind: 'blocking', reason: rewrite, throughText: false }
  }
  if (to.startsWith('text')) return { kind: 'blocking', reason: rewrite, throughText: true }
  return {
    kind: 'destructive',
    reason: `values may be lost or refused, and ${rewrite}`,
    throughText: true,
  }
}

/** PostgreSQL does not touch the rows when only the precision grows (ALTER TABLE, notes). */
function isWiderNumeric(from: string, to: string): boolean {
  const [before, after] = [numericSize(from), numericSize(to)]
  if (before === null || after === null) return false
  return after.precision >= before.precision && after.scale === before.scale
}

function numericSize(type: string): { precision: number; scale: number } | null {
  const size = /^numeric\((\d+),(-?\d+)\)$/.exec(type)
  return size === null ? null : { precision: Number(size[1]), scale: Number(size[2]) }
}
