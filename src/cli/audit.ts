/** `mettle audit`: who came in, who failed to, what was revoked. */

import { problem } from '../base/errors.ts'
import { isUuid } from '../base/uuid.ts'
import { auditKinds, type AuditKind } from '../engine/audit/audit.ts'
import { readAudit, type AuditRecord } from '../engine/audit/read-audit.ts'
import { print, stop } from './environment.ts'
import { type Opened, withDatabase } from './with-database.ts'

interface AuditOptions {
  readonly backend: string
  readonly kind?: string
  /** An e-mail address or an id. */
  readonly user?: string
  /** RFC 3339, or a date. */
  readonly since?: string
  readonly limit: string
  readonly json?: boolean
}

/** Prints the newest entries, the newest last, as a log is read; with `json` one object a line. */
export async function audit(options: AuditOptions): Promise<void> {
  const { json, limit, since, user } = options
  const kind = kindOf(options.kind)
  if (!/^\d{1,6}$/.test(limit)) stop(`--limit takes a whole number, not ${JSON.stringify(limit)}`)
  if (since !== undefined && Number.isNaN(Date.parse(since)))
    stop(`--since takes a time like 2026-01-31T12:00:00Z, not ${JSON.stringify(since)}`)
  await withDatabase(options.backend, async opened => {
    const filter = {
      kind,
      user: user === undefined ? null : await userId(opened, user),
      since: since === undefined ? null : new Date(since).toISOString(),
      limit: Number(limit),
    }
    const records = await readAudit(statement => opened.database.run(statement, 'pool'), filter)
    for (const record of records.toReversed())
      print(json === true ? JSON.stringify(record) : lineOf(record))
  })
}

function kindOf(text: string | undefined): AuditKind | null {
  if (text === undefined) return null
  if (isKind(text)) return text
  return stop(`--kind takes one of ${Object.keys(auditKinds).join(', ')}`)
}

function isKind(text: string): text is AuditKind {
  return Object.hasOwn(auditKinds, text)
}

/** Whoever was deleted is still found by his id. */
async function userId({ identity }: Opened, user: string): Promise<string> {
  if (isUuid(user)) return user
  const account = await identity?.findAccount(user)
  if (account === undefined || account === null)
    throw problem('run.not-found', { detail: `There is no user ${user}.` })
  return account.id
}

function lineOf({ at, kind, actor, subject, address, detail }: AuditRecord): string {
  const facts = { actor, subject, address, ...detail }
  const known = Object.entries(facts).filter(([, value]) => value !== null)
  return [at, kind.padEnd(20), ...known.map(([name, value]) => `${name}=${String(value)}`)].join(
    '  ',
  )
}
