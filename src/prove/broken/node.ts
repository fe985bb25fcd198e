/**
 * A node like that of `mettle start`, with one broken stage: `node.ts <drill> <backend>`.
 * Only `mettle prove` starts it; nothing that serves leads here.
 */

import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serve } from '../../cli/serve.ts'

const [drill = '', backend = ''] = process.argv.slice(2)
const module = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))

await serve(backend, 'production', { module, args: [drill] })
