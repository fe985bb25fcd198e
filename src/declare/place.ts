/** Where a declaration stands in the user's source, so that diagnostics can point at it. */

/**
 * `/path/backend.ts:14:25` of whoever called `word`, or null where the engine gives no frame.
 * Called once for each declared part, so the cost of one captured frame does not matter.
 */
export function declaredAt(word: (...values: never[]) => unknown): string | null {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 1
  Error.captureStackTrace(holder, word)
  Error.stackTraceLimit = limit
  const frame = /(?:file:\/\/)?(\/[^()\n]+:\d+:\d+|[A-Za-z]:\\[^()\n]+:\d+:\d+)\)?$/.exec(
    holder.stack ?? '',
  )
  return frame?.[1] ?? null
}
