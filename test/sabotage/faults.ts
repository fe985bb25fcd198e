/** Faults of one line or two, as somebody might make them one day, and the drills that must see. */

export interface PlantedFault {
  /** Of the patch in `patches`. */
  readonly id: string
  readonly says: string
  /** Whose backend shows it: the examples are unlike each other. */
  readonly example: 'shop' | 'clinic'
  /** Faults of one tree are planted together by the test of the suite. */
  readonly tree: 1 | 2 | 3
  /** Every one of them must go red. */
  readonly due: readonly string[]
  /** What follows from the fault as well, and may go red or not. */
  readonly touched: readonly string[]
  /** Neighbours that have nothing to do with it: where time is short, only they must stay green. */
  readonly apart: readonly string[]
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    id: 'outbox-order',
    says: 'the log counts as settled up to the last position that is seen',
    example: 'shop',
    tree: 1,
    due: ['outbox-gap'],
    touched: ['order'],
    apart: ['double-submit'],
  },
  {
    id: 'idempotency-apart',
    says: 'the record of a key is in a transaction of its own',
    example: 'shop',
    tree: 2,
    due: ['idempotency-crash'],
    touched: ['kill-node', 'kill-database', 'conserve'],
    apart: ['double-submit'],
  },
  {
    id: 'batch-swapped',
    says: 'rows of a batch go to the wrong readers',
    example: 'shop',
    tree: 1,
    due: ['crosstalk'],
    touched: ['isolation', 'conserve', 'lost-update'],
    apart: ['double-submit'],
  },
  {
    id: 'expand-unguarded',
    says: 'a row that is expanded from a reference is not held to its rule',
    example: 'shop',
    tree: 2,
    due: ['bola'],
    touched: [],
    apart: ['bfla'],
  },
  {
    id: 'algorithm-unpinned',
    says: 'a token says itself how it is signed',
    example: 'shop',
    tree: 2,
    due: ['jwt'],
    touched: [],
    apart: ['bola'],
  },
  {
    id: 'drain-removed',
    says: 'a node that ends cuts its connections',
    example: 'shop',
    tree: 1,
    due: ['rolling'],
    // It does not say either that it is about to end.
    touched: ['probes'],
    apart: ['double-submit'],
  },
  {
    id: 'commit-unsynced',
    says: 'synchronous_commit is off where single rows are written',
    example: 'shop',
    tree: 2,
    due: ['power-cut'],
    touched: ['kill-database'],
    apart: ['kill-node'],
  },
  {
    id: 'session-kept',
    says: 'a session that was looked up once stays known',
    example: 'shop',
    tree: 2,
    due: ['revoke', 'session'],
    // what a retired key has signed is known once, too, and stays so
    touched: ['signing-keys'],
    apart: ['jwt'],
  },
  {
    id: 'version-ignored',
    says: 'If-Match is not compared with the version of the row',
    example: 'shop',
    tree: 1,
    due: ['lost-update'],
    touched: ['conserve', 'isolation'],
    apart: ['oversell'],
  },
  {
    id: 'cascade-silent',
    says: 'rows that are deleted with another have no event',
    example: 'clinic',
    tree: 3,
    due: ['outbox-gap'],
    touched: [],
    apart: ['double-submit'],
  },
  {
    id: 'hidden-sorted',
    says: 'lists are sorted by fields that the caller may not read',
    example: 'clinic',
    tree: 3,
    due: ['bopla'],
    touched: [],
    apart: ['bola'],
  },
  {
    id: 'nul-unexpected',
    says: 'a NUL in a text is an error that nobody expected',
    example: 'shop',
    tree: 1,
    due: ['input'],
    touched: ['sql-injection'],
    apart: ['problem'],
  },
]
