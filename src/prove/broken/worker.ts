/** The worker of a broken node: `worker.ts <drill>`. */

import { extname } from 'node:path'
import { work } from '../../run/work.ts'
import { isBroken } from './broken.ts'

const [drill = ''] = process.argv.slice(2)
const file = new URL(`./stages/${drill}${extname(import.meta.url)}`, import.meta.url)
const loaded: { readonly default?: unknown } = await import(file.href)
if (!isBroken(loaded.default)) throw new Error(`${file.pathname} has no default export of broken()`)
work(loaded.default.wiring)
