/** Why a migration did not go through; the message says what to do next. */

type MigrationErrorReason =
  /** Steps that need leave: nothing was changed. */
  | 'refused'
  /** Rows that are there stand against a step: the steps before it are applied. */
  | 'rows'
  /** A lock could not be had in time: the steps before are applied. */
  | 'locked'
  /** Another process holds the migration for too long: nothing was changed. */
  | 'waiting'
  /** An applied step of the engine's own tables has another text now. */
  | 'changed'

export class MigrationError extends Error {
  readonly reason: MigrationErrorReason

  constructor(reason: MigrationErrorReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'MigrationError'
    this.reason = reason
  }
}
