/** `npm ci` refuses a lockfile that leaves out a package of any platform. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

test('every package that a locked one asks for is locked, whatever its platform', () => {
  const file = new URL('../../../package-lock.json', import.meta.url)
  const { packages }: { packages: Readonly<Record<string, Locked>> } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  const missing = Object.entries(packages).flatMap(([place, locked]) =>
    Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter(name => !isLocked(packages, place, name))
      .map(name => `${place} asks for ${name}`),
  )
  assert.deepEqual(missing, [])
})

/** Beside the package itself, or in a folder above. */
function isLocked(
  packages: Readonly<Record<string, Locked>>,
  place: string,
  name: string,
): boolean {
  if (Object.hasOwn(packages, `${place}/node_modules/${name}`)) return true
  if (Object.hasOwn(packages, `node_modules/${name}`)) return true
  const above = place.lastIndexOf('/node_modules/')
  return above > 0 && isLocked(packages, place.slice(0, above), name)
}
