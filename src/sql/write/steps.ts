/** A statement of named steps: what a write does, one relation after the other. */

import { join, raw, sql, type Fragment } from '../fragment.ts'

export interface Step {
  /** As later steps call it; may carry a column list. */
  readonly name: string
  readonly body: Fragment
  /**
   * A change runs to its end once, read or not. Rows are kept, so that every reader sees the same.
   * A search reads itself and gives as many rows as its reader asks for.
   */
  readonly kind: 'rows' | 'change' | 'search'
}

export function rows(name: string, body: Fragment): Step {
  return { name, body, kind: 'rows' }
}

export function change(name: string, body: Fragment): Step {
  return { name, body, kind: 'change' }
}

export function search(name: string, body: Fragment): Step {
  return { name, body, kind: 'search' }
}

export function stepped(steps: readonly Step[], answer: Fragment): Fragment {
  const texts = steps.map(({ name, body, kind }) => {
    const kept = kind === 'rows' ? 'materialized ' : ''
    return sql`${raw(name)} as ${raw(kept)}(\n${body}\n)`
  })
  const recursive = raw(steps.some(step => step.kind === 'search') ? 'recursive ' : '')
  return sql`with ${recursive}${join(texts, ',\n')}\n${answer}`
}

/**
 * Whether the query finds a row. The offset is a fence: a look-up for each row that asks, never a
 * hash of the whole table, which the planner takes for cheaper as long as it cannot know that few
 * ask.
 */
export function exists(query: Fragment): Fragment {
  return sql`exists (${query} offset 0)`
}
