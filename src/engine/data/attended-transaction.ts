/**
 * A transaction that knows whether its user's code awaited every statement, and leaves code behind
 * that it did not wait for.
 */

import type { Row, Statement, Transaction } from '../../ports/database.ts'

const unawaited =
  'a statement was not awaited before its transaction ended: await every call of `db`, ' +
  'also those inside forEach and map (Promise.all)'

export class AttendedTransaction implements Transaction {
  readonly #transaction: Transaction
  readonly #onLate: (error: Error) => void
  #open = 0
  #ended = false

  /** `onLate` hears of statements that came after the end. */
  constructor(transaction: Transaction, onLate: (error: Error) => void) {
    this.#transaction = transaction
    this.#onLate = onLate
  }

  /**
   * After the end, no promise settles any more: nobody waits for the code behind it, and what it
   * threw would end the process as an unhandled rejection.
   */
  run(statement: Statement): Promise<readonly Row[]> {
    if (this.#ended) {
      this.#onLate(new Error(unawaited))
      return new Promise(() => {})
    }
    this.#open += 1
    return new Promise((resolve, reject) => {
      const unlessLeft =
        <Value>(settle: (value: Value) => void) =>
        (value: Value): void => {
          this.#open -= 1
          if (!this.#ended) settle(value)
        }
      this.#transaction.run(statement).then(unlessLeft(resolve), unlessLeft(reject))
    })
  }

  /**
   * Throws while a statement has no answer: half of what its code does would be committed, with a
   * success.
   */
  checkAwaited(): void {
    if (this.#open > 0) throw new Error(unawaited)
  }

  end(): void {
    this.#ended = true
  }
}
