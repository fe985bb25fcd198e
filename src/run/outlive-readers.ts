/** A closed terminal or a dead log collector must end nobody: there is draining to do. */

/** From now on, what nobody reads is lost without an error. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
