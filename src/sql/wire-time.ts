/** Times as texts of their own, outside of a body. */

import { quoteName } from '../base/quote.ts'

/** SQL text: the column as the wire has it, RFC 3339 in UTC with milliseconds. */
export function wireTime(column: string): string {
  return `to_char(${quoteName(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
