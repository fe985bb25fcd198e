/** Loads the user's backend file, with words for a person when it cannot be loaded. */

import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Backend } from '../declare/backend.ts'

/** The file cannot be used; the message says why and what to do next. */
export class BackendFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackendFileError'
  }
}

/** `path` is absolute. Throws `BackendFileError` when nothing is there. */
export function requireBackendFile(path: string): void {
  if (existsSync(path)) return
  throw new BackendFileError(
    `There is no file ${path}. Run mettle in the folder of your backend.ts, or name the file (--help says how).`,
  )
}

/** `path` is absolute. Rejects with `BackendFileError`. */
export async function loadBackendFile(path: string): Promise<Backend> {
  requireBackendFile(path)
  const candidate = await importDefault(path)
  if (!isBackend(candidate)) {
    throw new BackendFileError(
      `${path} has no default export made by backend(). End it with: export default backend('name', { parts: { … } })`,
    )
  }
  return candidate
}

/** The default export of a module of the user's. Rejects with `BackendFileError`. */
export async function importDefault(path: string): Promise<unknown> {
  try {
    const loaded: { readonly default?: unknown } = await import(pathToFileURL(path).href)
    return loaded.default
  } catch (error) {
    throw new BackendFileError(explain(path, error), { cause: error })
  }
}

/** What commonly goes wrong, by what Node says of it, each with the mend. */
const mends: readonly (readonly [said: RegExp, mend: string])[] = [
  [
    /Cannot use import statement outside a module|Unexpected token 'export'/,
    'Node takes this file for CommonJS: set "type": "module" in package.json (npm pkg set type=module).',
  ],
  [
    /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX/,
    'Node runs TypeScript by removing the types: replace enum, namespace and parameter properties, and set erasableSyntaxOnly in tsconfig.json.',
  ],
  [/Cannot find package/, 'Install the package with npm, in the folder of your package.json.'],
  [
    /ERR_MODULE_NOT_FOUND/,
    "Imports of your own files need their full name: import … from './orders.ts'.",
  ],
  [/ERR_UNKNOWN_FILE_EXTENSION/, 'Mettle needs Node 22.19 or newer.'],
]

function explain(path: string, error: unknown): string {
  const text = error instanceof Error ? ownFrames(error.stack ?? error.message) : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [, mend] = mends.find(([said]) => said.test(`${code} ${text}`)) ?? []
  return [`${path} could not be loaded.`, ...(mend === undefined ? [] : [mend]), text].join('\n')
}

/** Where Mettle itself is. */
const engine = new URL('..', import.meta.url).href

/** A stack without what a user cannot change: the frames of Node and of Mettle. */
function ownFrames(stack: string): string {
  const foreign = (line: string) =>
    /^ +at /.test(line) && (/[ (]node:/.test(line) || line.includes(engine))
  return stack
    .split('\n')
    .filter(line => !foreign(line))
    .join('\n')
}

export function isBackend(value: unknown): value is Backend {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'backend'
}
