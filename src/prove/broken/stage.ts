/** The broken stage of a drill, found by its name. */

import { extname } from 'node:path'
import { type Broken, isBroken } from './broken.ts'

/** Rejects when the drill has none. */
export async function loadStage(drill: string): Promise<Broken> {
  const file = new URL(`./stages/${drill}${extname(import.meta.url)}`, import.meta.url)
  const loaded: { readonly default?: unknown } = await import(file.href)
  if (isBroken(loaded.default)) return loaded.default
  throw new Error(`${file.pathname} has no default export of broken()`)
}
