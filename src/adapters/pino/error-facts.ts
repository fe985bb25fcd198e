/** What of an error may stand in a log: of its properties only names that cannot hold data. */

import type { Redact } from './redact.ts'

export interface ErrorFacts {
  readonly type: string
  readonly message: string
  /** Where it was thrown: a line for each frame, without the message. */
  readonly stack: string
  /** `code`, `sqlState`, `table` and the like, where the error has them. */
  readonly names: Readonly<Record<string, string>>
  readonly causes: readonly ErrorFacts[]
}

/**
 * Properties that name things of the program or the schema. Everything else may hold what a caller
 * sent: drivers hang parameters, row values and whole requests on their errors.
 */
const nameProperties = ['code', 'sqlState', 'kind', 'constraint', 'table', 'column', 'syscall']
const nameForm = /^[\w.-]{1,100}$/

const depthMax = 4
const causesMax = 5
const messageCharsMax = 2_000

/** Anything can be thrown: what is no error is told by its type alone. */
export function errorFacts(error: unknown, redact: Redact, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) {
    return { type: typeof error, message: thrown(error, redact), stack: '', names: {}, causes: [] }
  }
  const causes = depth === depthMax ? [] : causesOf(error).slice(0, causesMax)
  return {
    type: error.name,
    message: redact(error.message).slice(0, messageCharsMax),
    stack: framesOf(error),
    names: namesOf(error),
    causes: causes.map(cause => errorFacts(cause, redact, depth + 1)),
  }
}

/** For a person: as Node prints it, with what it is about, and the causes below. */
export function tellError({ type, message, stack, names, causes }: ErrorFacts): string {
  const about = Object.entries(names).map(([name, value]) => `${name} ${value}`)
  const head =
    about.length === 0 ? `${type}: ${message}` : `${type}: ${message} (${about.join(', ')})`
  const parts = stack === '' ? [head] : [head, stack]
  return [...parts, ...causes.map(cause => `Caused by: ${tellError(cause)}`)].join('\n')
}

function thrown(value: unknown, redact: Redact): string {
  return typeof value === 'string' ? redact(value).slice(0, messageCharsMax) : 'not an error'
}

function causesOf(error: Error): readonly unknown[] {
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return error.cause === undefined || error.cause === null ? parts : [error.cause, ...parts]
}

/** The first lines of a stack are the message, which may have several. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n')
}

function namesOf(error: Error): Readonly<Record<string, string>> {
  const properties = new Map<string, unknown>(Object.entries(error))
  const names = nameProperties.flatMap(name => {
    const value = properties.get(name)
    return typeof value === 'string' && nameForm.test(value) ? [[name, value] as const] : []
  })
  return Object.fromEntries(names)
}
