/** The version of Mettle, from its package. */

import { readFileSync } from 'node:fs'

/** Two folders up, both in the sources and in the package. */
const manifest: unknown = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
)

export const version = String(Object(manifest).version)
