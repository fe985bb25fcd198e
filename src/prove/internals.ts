/** Whether an answer tells something that is nobody's business outside. */

import type { Reply } from './http.ts'

/** What stands in errors of programs, and in no answer that was written for a caller. */
const traces: Readonly<Record<string, RegExp>> = {
  'a stack trace': /^\s*at .+[:(]\d+:\d+|\bat (?:async )?[\w.<>$]+ \((?:file:|node:|\/)/m,
  'a place in the code': /node_modules|\bfile:\/\/|\bnode:internal|\.[cm]?[jt]s:\d+/,
  'a path of the machine': /(?:^|[\s"'(])\/(?:home|root|usr|tmp|var|etc|opt|proc)\/\w/,
  'an error of PostgreSQL':
    /\bSQLSTATE\b|syntax error at or near|violates (?:unique|foreign|check|not-null)|duplicate key value|invalid byte sequence|(?:relation|column|constraint) \\?"[a-z_]+\\?"|\bpg_[a-z]+\b/i,
  'a statement': /\b(?:select\s.+\sfrom|insert into|update\s.+\sset|delete from|with\s\w+ as \()/i,
  'an error of Node': /\bE(?:CONN[A-Z]+|PIPE|ADDRINUSE|NOENT|TIMEDOUT)\b|\bERR_[A-Z_]{4,}\b/,
  'an error of JavaScript':
    /\b(?:Type|Range|Reference|Syntax)Error\b|is not a function|Cannot read propert|of undefined\b|in JSON at position/,
  'where the database is': /\bpostgres(?:ql)?:\/\//,
}

const telling: readonly string[] = ['server', 'x-powered-by', 'x-aspnet-version', 'via']

/**
 * What it tells, in words; null: nothing. `secrets` are values that must stand nowhere. What the
 * request said itself may come back, so requests must not look like that.
 */
export function toldOfInside(
  { text, headers }: Pick<Reply, 'text' | 'headers'>,
  secrets: readonly string[] = [],
): string | null {
  for (const [what, trace] of Object.entries(traces)) if (trace.test(text)) return what
  const named = telling.find(name => headers[name] !== undefined)
  if (named !== undefined) return `the header ${named}`
  const all = `${text} ${JSON.stringify(headers)}`
  return secrets.some(secret => all.includes(secret)) ? 'a secret' : null
}
