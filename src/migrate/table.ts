/** A table as the comparison sees it: one form for what is wanted and for what is there. */

export interface Table {
  readonly name: string
  readonly renamedFrom: string | null
  /**
   * Whether the engine made it; a table of somebody else is added to, but it and its columns are
   * never dropped.
   */
  readonly owned: boolean
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  /** Without the index of the primary key. */
  readonly indexes: readonly Index[]
}

export interface Column {
  readonly name: string
  readonly renamedFrom: string | null
  /** With precision and collation, as it stands in a definition. */
  readonly type: string
  readonly required: boolean
  /** The NOT NULL constraint that was added but not yet validated. */
  readonly unproven: string | null
  /** An SQL expression. */
  readonly default: string | null
}

export interface Constraint {
  readonly name: string
  readonly kind: 'primary' | 'check' | 'foreign'
  /**
   * Whether the engine made it, as its name tells; one that somebody added by hand is left alone.
   */
  readonly owned: boolean
  readonly columns: readonly string[]
  /** What follows the name: `check (("stock" >= 0))`. */
  readonly definition: string
  /** False after NOT VALID. */
  readonly valid: boolean
}

export interface Index {
  readonly name: string
  readonly unique: boolean
  /** Without those of expressions. */
  readonly columns: readonly string[]
  /** Whether the engine made it; an index that somebody added by hand is left alone. */
  readonly owned: boolean
  /** From `using` on. */
  readonly definition: string
  /** False where CREATE INDEX CONCURRENTLY did not finish. */
  readonly valid: boolean
}
