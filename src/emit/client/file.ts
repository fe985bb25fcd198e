/** A standalone client: the modules of `mettle/client` in one file, with a written contract. */

import type { Model } from '../../model/model.ts'
import { contractText } from './contract.ts'

/**
 * The modules that the file is made of, from the root of the package, in the order of their
 * imports. Their names do not clash.
 */
export const clientModules = [
  'src/declare/json.ts',
  'src/client/contract.ts',
  'src/client/problem.ts',
  'src/client/references.ts',
  'src/client/aggregate.ts',
  'src/client/surface.ts',
  'src/client/names.ts',
  'src/client/transport.ts',
  'src/client/query-string.ts',
  'src/client/signing.ts',
  'src/client/batch.ts',
  'src/client/client.ts',
  'src/client/connect.ts',
] as const

/** `sources`: the texts of `clientModules`. The same model gives the same text. */
export function emitClientFile(model: Model, sources: readonly string[]): string {
  return [
    `// The client of ${JSON.stringify(model.name)}, written by \`mettle client\`: write it again rather than change it.`,
    '// It needs nothing but fetch. createClient({ url }) is at the end.',
    '',
    contractText(model),
    ...sources.map(withoutImports),
    entrance,
  ].join('\n')
}

/** What stands in the file already. */
function withoutImports(source: string): string {
  return source.replaceAll(/^import [\s\S]*? from '[^']+'\n/gm, '').replaceAll(/\n{3,}/g, '\n\n')
}

const entrance = `/** A row as the backend answers it: RowOf<'orders'>. */
export type RowOf<Name extends keyof Backend['resources']> = Backend['resources'][Name]['row']

export function createClient(
  options: ClientOptions & { readonly keys: 'automatic' },
): Client<Backend, 'automatic'>
export function createClient(options: ClientOptions): Client<Backend>
export function createClient(options: ClientOptions): Client<Backend, 'automatic'> {
  return clientOf<Backend, 'automatic'>(options)
}
`
