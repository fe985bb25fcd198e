/** The command that runs a drill again exactly as it was run. */

/** As they were given, so that the line may be pasted into the same shell. */
export interface Given {
  readonly seed: number
  readonly backend: string
  readonly nodes: string
  /** `60s`, `500ms` or `2m`. */
  readonly time: string
  readonly drills?: readonly string[]
  readonly url?: string
  readonly confirmHost?: string
  readonly controls?: boolean
}

/** What the command line takes where nothing is said. */
export const defaults = Object.freeze({ backend: 'backend.ts', nodes: '2', time: '20s' })

export function replayOf(drill: string, given: Given): string {
  const { seed, drills = [], url, confirmHost, controls = false } = given
  const words = ['mettle', 'prove', drill, '--seed', String(seed)]
  for (const name of ['backend', 'nodes', 'time'] as const) {
    if (given[name] !== defaults[name]) words.push(`--${name}`, given[name])
  }
  if (controls) words.push('--controls')
  if (url !== undefined) words.push('--url', url)
  if (confirmHost !== undefined) words.push('--confirm-host', confirmHost)
  // It takes as many files as come, so it stands last.
  if (drills.length > 0) words.push('--drills', ...drills)
  return words.map(quoted).join(' ')
}

/** For a POSIX shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
