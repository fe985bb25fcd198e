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

/** `path` is absolute. Rejects with `BackendFileError`. */
export async function loadBackendFile(path: string): Promise<Backend> {
  if (!existsSync(path)) {
    throw new BackendFileError(
      `There is no file ${path}. Name your backend file: mettle dev path/to/backend.ts`,
    )
  }
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

/** Node's codes of what commonly goes wrong, each with the mend. */
const mends: Readonly<Record<string, string>> = {
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    'Node runs TypeScript by removing the types: replace enum, namespace and parameter properties, and set erasableSyntaxOnly in tsconfig.json.',
  ERR_MODULE_NOT_FOUND:
    "Imports of your own files need their full name: import … from './orders.ts'.",
  ERR_UNKNOWN_FILE_EXTENSION: 'Mettle needs Node 22.19 or newer.',
}

function explain(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const mend = mends[code]
  return `${path} could not be loaded.\n${mend === undefined ? '' : `${mend}\n`}${text}`
}

function isBackend(value: unknown): value is Backend {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'backend'
}
