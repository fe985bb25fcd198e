/** Every drill there is: one file each in `drills`, and those of the user. */

import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Drill, isDrill } from './drill.ts'

export interface Listed {
  readonly drill: Drill
  /** Where a load generator finds it. */
  readonly file: string
  /** Whether it is Mettle's own, whose control is a broken stage of the same name. */
  readonly own: boolean
}

/** Something was asked for that is not there; the message says what is. */
export class CatalogueError extends Error {
  override readonly name = 'CatalogueError'
}

/** Resolves to the default export of a module. */
type Load = (file: string) => Promise<unknown>

/**
 * In the order in which they are run: by group, then by id. `files` are the user's own, and `load`
 * is how they are loaded.
 */
export async function readCatalogue(
  files: readonly string[] = [],
  load: Load = loadDefault,
): Promise<readonly Listed[]> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'drills')
  const extension = extname(import.meta.url)
  const shipped = readdirSync(folder).filter(name => extname(name) === extension)
  const all = [
    ...(await Promise.all(shipped.map(name => loadDrill(join(folder, name), true, loadDefault)))),
    ...(await Promise.all(files.map(file => loadDrill(file, false, load)))),
  ]
  const seen = new Set<string>()
  for (const { drill } of all) {
    if (seen.has(drill.id)) throw new CatalogueError(`Two drills are called ${drill.id}.`)
    seen.add(drill.id)
  }
  return all.toSorted((left, right) => compare(left.drill, right.drill))
}

async function loadDefault(file: string): Promise<unknown> {
  const loaded: { readonly default?: unknown } = await import(pathToFileURL(file).href)
  return loaded.default
}

async function loadDrill(file: string, own: boolean, load: Load): Promise<Listed> {
  if (!existsSync(file)) throw new CatalogueError(`There is no file ${file} for a drill.`)
  const drill = await load(file)
  if (!isDrill(drill)) {
    throw new CatalogueError(`${file} has no default export made by drill().`)
  }
  const { id } = drill
  if (own && basename(file, extname(file)) !== id) {
    throw new CatalogueError(`${file} holds the drill ${id}: name the file after it.`)
  }
  return { drill, file, own }
}

function compare(left: Drill, right: Drill): number {
  return left.group.localeCompare(right.group) || left.id.localeCompare(right.id)
}

/** Those that are named, by id or by group; all where nothing is named. */
export function choose(catalogue: readonly Listed[], names: readonly string[]): readonly Listed[] {
  if (names.length === 0) return catalogue
  for (const name of names) {
    if (catalogue.some(({ drill }) => isNamed(drill, name))) continue
    const groups = [...new Set(catalogue.map(({ drill }) => drill.group))].join(', ')
    throw new CatalogueError(
      `There is no drill and no group ${name}. Groups: ${groups}. See every drill with: mettle prove --list`,
    )
  }
  return catalogue.filter(({ drill }) => names.some(name => isNamed(drill, name)))
}

function isNamed({ id, group }: Drill, name: string): boolean {
  return id === name || group === name
}
