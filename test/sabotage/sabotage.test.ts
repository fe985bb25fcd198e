/**
 * The drills see faults that somebody might make, and raise no alarm for those of others: the
 * faults are planted in several trees, and the drills of all of an example run on each of them.
 * One by one, and with the whole catalogue: `main.ts`.
 */

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readCatalogue } from '../../src/prove/catalogue.ts'
import { plantedFaults } from './faults.ts'
import { misjudged, redOf, tryDrills } from './sabotage.ts'

const [seed, time] = [1, '4s']

for (const [tree, faults] of Map.groupBy(plantedFaults, fault => fault.tree)) {
  test(`tree ${tree}: ${faults.map(({ id }) => id).join(', ')}`, async context => {
    const { example } = faults[0]!
    const neighbours = plantedFaults.filter(fault => fault.example === example)
    const drills = [...new Set(neighbours.flatMap(({ due, apart }) => [...due, ...apart]))]
    const verdicts = await tryDrills({ example, faults, drills, seed, time })
    assert.deepEqual(misjudged(faults, verdicts), [])
    context.diagnostic(`red, as they must be: ${redOf(verdicts).join(', ')} of ${verdicts.size}`)
  })
}

test('every patch is a fault, every fault has one, and the drills that it names exist', async () => {
  const ids = plantedFaults.map(({ id }) => `${id}.patch`)
  assert.deepEqual(readdirSync(join(import.meta.dirname, 'patches')).toSorted(), ids.toSorted())
  const known = new Set((await readCatalogue()).map(({ drill }) => drill.id))
  const named = plantedFaults.flatMap(({ due, touched, apart }) => [...due, ...touched, ...apart])
  assert.deepEqual(
    named.filter(drill => !known.has(drill)),
    [],
  )
})
