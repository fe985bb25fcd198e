/** Names: their forms in code, in paths and in SQL, and which of them are taken. */

import { createHash } from 'node:crypto'

export const camelCase = /^[a-z][a-zA-Z0-9]*$/
export const kebabCase = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/

/** Where the API lives; also the prefix of Location. */
export const apiPath = '/api/v1'

/** PostgreSQL cuts longer names silently (NAMEDATALEN). */
export const identifierBytesMax = 63

/** Names that PostgreSQL would cut keep their head and their ending, and a hash of the whole. */
export function boundedName(head: string, ending = ''): string {
  const name = head + ending
  if (Buffer.byteLength(name) <= identifierBytesMax) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const ascii = head.replaceAll(/[^\x20-\x7e]/g, '_')
  return `${ascii.slice(0, identifierBytesMax - ending.length - hash.length - 1)}_${hash}${ending}`
}

/** `createdAt` -> `created_at`, `order-lines` -> `order_lines`. */
export function snakeCased(name: string): string {
  return name.replaceAll('-', '_').replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** `outOfStock` -> `out-of-stock`. */
export function kebabCased(name: string): string {
  return snakeCased(name).replaceAll('_', '-')
}

/** `order-lines` -> `order lines`, to stand in a sentence. */
export function spaced(name: string): string {
  return name.replaceAll('-', ' ')
}

/** `order-lines` -> `orderLines`. */
export function camelCased(name: string): string {
  return name.replaceAll(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const rowHeaderNames = ['id', 'version', 'createdAt', 'updatedAt'] as const

const listWords = ['filter', 'sort', 'fields', 'expand', 'limit', 'after', 'withTotal']
/** Columns that every table of PostgreSQL has already. */
const postgresNames = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']
const accountNames = ['email', 'roles']
/** Why a field of a resource may not have the name, null if it may. */
export function reservedFieldReason(name: string, ofIdentity: boolean): string | null {
  if (rowHeaderNames.some(header => header === name)) return 'every row has it already'
  if (listWords.includes(name)) return 'it is a word of the list syntax'
  if (postgresNames.includes(name)) return 'PostgreSQL uses it for itself'
  if (ofIdentity && accountNames.includes(name)) return 'the identity has it already'
  return reservedMemberReason(name)
}

/** Why no member of any object may have the name. */
export function reservedMemberReason(name: string): string | null {
  return name in Object.prototype ? 'every JavaScript object has it already' : null
}

/** Path segments under `/api/v1/` that the engine keeps for its own surfaces. */
export const reservedPaths: ReadonlySet<string> = new Set([
  'auth',
  'batch',
  'console',
  'docs',
  'graphql',
  'health',
  'live',
  'metrics',
  'openapi',
  'soap',
])
