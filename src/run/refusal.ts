/** Why a backend cannot start or a command cannot run, in words for a person. */

import { relative } from 'node:path'
import { EmbeddedError } from '../adapters/postgres/embedded/error.ts'
import { Problem } from '../base/errors.ts'
import { MigrationError } from '../engine/migrations/migration-error.ts'
import { DeclarationError } from '../model/diagnostics.ts'
import { DatabaseError } from '../ports/database.ts'
import { BackendFileError } from './backend-file.ts'

/** Words for what is expected to go wrong; anything else shows where it happened. */
export function explainRefusal(error: unknown, backend: string): string {
  if (!(error instanceof Error)) return String(error)
  if ([BackendFileError, DeclarationError, EmbeddedError].some(kind => error instanceof kind)) {
    return error.message
  }
  if (error instanceof MigrationError) return withBackend(error.message, backend)
  if (error instanceof DatabaseError) return explainDatabase(error)
  if (error instanceof Problem) return explainProblem(error)
  return explainPort(error) ?? explainPackage(error) ?? error.stack ?? error.message
}

/** Whether a change of the user's sources can mend it: not a taken port, nor a dead database. */
export function isMendedBySaving(error: unknown): boolean {
  if (error instanceof DatabaseError) return error.kind !== 'unavailable'
  return !(error instanceof Error && explainPort(error) !== null)
}

/**
 * Commands that a message names must work as they stand: with the file, unless it is the usual one.
 */
function withBackend(message: string, backend: string): string {
  const file = relative('', backend)
  if (file === 'backend.ts') return message
  return message.replaceAll(
    /mettle migrate (?:plan|apply|status)/g,
    command => `${command} ${file}`,
  )
}

function explainDatabase(error: DatabaseError): string {
  if (error.kind !== 'unavailable') return error.message
  return `PostgreSQL cannot be reached: ${error.message}\nIs it running, and is DATABASE_URL right?`
}

function explainProblem(problem: Problem): string {
  const places = problem.errors.map(
    ({ pointer, parameter, detail }) => `  ${pointer ?? parameter ?? ''} ${detail}`,
  )
  return [`${problem.title}: ${problem.detail ?? problem.hint}`, ...places].join('\n')
}

/** Packages that are loaded when they are asked for, and who asks. */
const optionalPackages: Readonly<Record<string, string>> = {
  fastify: 'The backend declares wire, which is a Fastify plugin: npm install fastify',
  ioredis: 'REDIS_URL is set, which takes a client: npm install ioredis',
}

function explainPackage(error: Error): string | null {
  const [, name = ''] = /^Cannot find package '([^']+)'/.exec(error.message) ?? []
  return optionalPackages[name] ?? null
}

function explainPort(error: Error): string | null {
  if (!('code' in error && 'port' in error)) return null
  if (error.code === 'EADDRINUSE') {
    return `Port ${String(error.port)} is taken by another program: stop it, or set PORT (or ADMIN_PORT, METRICS_PORT) to another one.`
  }
  if (error.code === 'EACCES') {
    return `Port ${String(error.port)} is kept for root: set PORT to one from 1024 on.`
  }
  return null
}
