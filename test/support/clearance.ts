/** What a test started is ended after it, also when a runner ends a file that hangs. */

/** A test, or its whole file: what is started is cleared away after it. */
export interface Scope {
  after(clear: () => void): void
}

const remains = new Set<() => void>()
process.on('exit', () => {
  for (const clear of remains) clear()
})
process.once('SIGTERM', () => process.exit(1))

export function clearAfter(scope: Scope, clear: () => void): void {
  remains.add(clear)
  scope.after(() => {
    remains.delete(clear)
    clear()
  })
}

/** `pid` negative: its whole process group. One that is gone is fine. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
