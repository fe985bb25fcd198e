/** Why a backend cannot start, in words for a person. */

import { MigrationError } from '../engine/migrations/migration-error.ts'
import { DeclarationError } from '../model/diagnostics.ts'
import { DatabaseError } from '../ports/database.ts'
import { BackendFileError } from './backend-file.ts'

/** What is expected to go wrong says itself what to do; anything else shows where it happened. */
export function explainRefusal(error: unknown): string {
  const expected = [BackendFileError, DeclarationError, DatabaseError, MigrationError]
  if (expected.some(kind => error instanceof kind)) return (error as Error).message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
