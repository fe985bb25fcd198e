/** Sessions whose commits PostgreSQL acknowledges before they are on disk. */

import type { PostgresOptions } from '../../adapters/postgres/database.ts'

/** A node looks at this when it starts, and would refuse: here it only reports. */
export function lossy(options: PostgresOptions): PostgresOptions {
  const url = new URL(options.url)
  url.searchParams.set('options', '-c synchronous_commit=off')
  return { ...options, url: url.href, durability: 'reported' }
}
