/** One step of a migration, as data. */

/**
 * `safe` loses nothing and keeps readers and writers waiting for a moment at most. `blocking` loses
 * nothing but holds them off while the table is rewritten. `destructive` loses data.
 */
export type StepKind = 'safe' | 'blocking' | 'destructive'

/** PostgreSQL's lock modes (documentation, 13.3.1), held on the table that the step names. */
type StepLock = 'none' | 'share update exclusive' | 'share row exclusive' | 'access exclusive'

export interface Step {
  /** `add column products.brand`. */
  readonly name: string
  readonly kind: StepKind
  readonly statements: readonly string[]
  /** All statements in one transaction, else each in its own. */
  readonly inTransaction: boolean
  readonly lock: StepLock
  /**
   * Takes away what is in nobody's way: a backend of this declaration serves as well without the
   * step.
   */
  readonly surplus: boolean
  /** Why the step is needed, and what it costs. */
  readonly reason: string
  /**
   * Run when rows that are already there stand against the step, so that nothing half-done holds
   * writers off.
   */
  readonly undo: string | null
  /** What to do about such rows. */
  readonly hint: string | null
}

type Needed = Pick<Step, 'name' | 'statements' | 'lock' | 'reason'>

/**
 * A step that is safe, runs in a transaction and cannot meet rows against it, unless it says
 * otherwise.
 */
export function step(needed: Needed & Partial<Step>): Step {
  return { kind: 'safe', inTransaction: true, surplus: false, undo: null, hint: null, ...needed }
}
