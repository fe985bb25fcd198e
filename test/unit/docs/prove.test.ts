/** The faults that docs/PROVE.md has are those that are planted, with the drills that see them. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plantedFaults } from '../../sabotage/faults.ts'
import { readPage, section, tableRows } from '../../support/markdown.ts'

const rows = tableRows(section(readPage('docs/PROVE.md'), '## Who proves the drills'))

const drillsIn = (cell: string) => [...cell.matchAll(/`([\w-]+)`/g)].map(match => match[1]!)

test('the page lists every planted fault, what is due and what may go red as well', () => {
  assert.deepEqual(
    rows.map(([says = '', due = '', touched = '']) => ({
      says: says.replaceAll('`', ''),
      due: drillsIn(due),
      touched: drillsIn(touched),
    })),
    plantedFaults.map(({ says, due, touched }) => ({ says, due, touched })),
  )
})
