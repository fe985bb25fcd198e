/** Why the embedded PostgreSQL cannot be used, in words for the person who started it. */

/** `message` holds what happened and, on a new line, what to do next. */
export class EmbeddedError extends Error {
  constructor(happened: string, next: string, cause?: unknown) {
    super(`${happened}\n${next}`, { cause })
    this.name = 'EmbeddedError'
  }
}

interface Symptom {
  readonly pattern: RegExp
  readonly happened: (directory: string) => string
  readonly next: string
}

const otherServer = 'or set DATABASE_URL to a PostgreSQL server.'

/** What the operating system and PostgreSQL say, the most telling first. */
const symptoms: readonly Symptom[] = [
  {
    pattern: /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/,
    happened: directory =>
      `The disk is full: the embedded PostgreSQL cannot write to ${directory}.`,
    next: `Free some space (a new database takes about 100 MB), move the project to another disk, ${otherServer}`,
  },
  {
    pattern: /File too large|EFBIG/,
    happened: directory =>
      `A limit on file sizes (ulimit -f) keeps the embedded PostgreSQL from writing to ${directory}.`,
    next: `Raise the limit to at least 64 MB, ${otherServer}`,
  },
  {
    pattern: /Read-only file system|EROFS/,
    happened: directory =>
      `The file system is read-only: the embedded PostgreSQL cannot write to ${directory}.`,
    next: `Run from a folder that can be written, ${otherServer}`,
  },
  {
    pattern: /ermission denied|EACCES|EPERM|Operation not permitted|has wrong ownership/,
    happened: directory => `This user may not write to ${directory}.`,
    next: `Run as the user who made the folder, run from a folder of your own, ${otherServer}`,
  },
  {
    pattern: /database files are incompatible with server/,
    happened: directory => `The data in ${directory} was made by another version of PostgreSQL.`,
    next: `Go back to the version of Mettle that made it, delete the folder to start anew (its data is lost), ${otherServer}`,
  },
  {
    pattern: /pre-existing shared memory block/,
    happened: directory => `Processes of a PostgreSQL that was killed still use ${directory}.`,
    next: 'Wait until they end or end them (ps -ef | grep postgres), then start again.',
  },
  {
    pattern: /Address already in use|could not create any TCP\/IP sockets/,
    happened: () => 'The port of the embedded PostgreSQL is taken by another program.',
    next: 'End that program, then start again.',
  },
  {
    pattern: /error while loading shared libraries|GLIBC_|cannot execute|ENOEXEC|ENOENT/,
    happened: () =>
      'The embedded PostgreSQL does not run on this system (it needs Linux with glibc 2.27, macOS or Windows).',
    next: 'Set DATABASE_URL to a PostgreSQL server of version 18 or later.',
  },
]

/** Finds the words for a failure around `directory`; `evidence` is an error or the end of a log. */
export function diagnose(evidence: unknown, directory: string): EmbeddedError {
  if (evidence instanceof EmbeddedError) return evidence
  const text = evidence instanceof Error ? evidence.message : String(evidence)
  const symptom = symptoms.find(each => each.pattern.test(text))
  if (symptom !== undefined)
    return new EmbeddedError(symptom.happened(directory), symptom.next, evidence)
  return new EmbeddedError(
    `The embedded PostgreSQL in ${directory} cannot start: ${text.trim()}`,
    'See server.log in that folder, or set DATABASE_URL to a PostgreSQL server.',
    evidence,
  )
}
