/**
 * How well the drills see: plants each fault in a copy of the tree and looks which drills go red.
 *
 *     node --conditions=mettle-source test/sabotage/main.ts [--full] [fault...] [clean]
 *
 * With --full the whole catalogue runs for every fault, and on the clean tree. Both take long: what
 * is named runs alone, `clean` among it, so that a run can be had in pieces.
 */

import { parseArgs } from 'node:util'
import { type PlantedFault, plantedFaults } from './faults.ts'
import { misjudged, redOf, tryDrills } from './sabotage.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean' }, time: { type: 'string' }, seed: { type: 'string' } },
})
const full = values.full === true
const time = values.time ?? '5s'
const seed = Number(values.seed ?? 1)
const known = new Set([...plantedFaults.map(({ id }) => id), 'clean'])
const names = positionals.length === 0 ? known : new Set(positionals)
const margin = ' '.repeat(24)

process.exitCode = await main()

async function main(): Promise<number> {
  const unknown = [...names].filter(name => !known.has(name))
  if (unknown.length > 0) {
    print(`There is no fault ${unknown.join(', ')}; there are ${[...known].join(', ')}.`)
    return 1
  }
  const chosen = plantedFaults.filter(({ id }) => names.has(id))
  let found = 0
  for (const fault of chosen) if (await attempt(fault)) found += 1
  const examples = new Set(plantedFaults.map(({ example }) => example))
  let alarms = 0
  if (names.has('clean')) for (const example of examples) alarms += await countAlarms(example)
  if (chosen.length > 0) print(`\nsensitivity ${found}/${chosen.length}`)
  if (names.has('clean')) print(`false alarms on the clean copies ${alarms}`)
  return found === chosen.length && alarms === 0 ? 0 : 1
}

/** Whether exactly the right drills went red. */
async function attempt(fault: PlantedFault): Promise<boolean> {
  const { id, says, example, due, apart } = fault
  const drills = full ? [] : [...due, ...apart]
  const verdicts = await tryDrills({ example, faults: [fault], drills, seed, time })
  const wrong = misjudged([fault], verdicts)
  print(`${wrong.length === 0 ? '✔' : '✘'}  ${id.padEnd(20)} ${says}`)
  print(`${margin}red: ${redOf(verdicts).join(', ') || 'none'} of ${verdicts.size}`)
  for (const each of wrong) print(`${margin}${each}`)
  return wrong.length === 0
}

async function countAlarms(example: PlantedFault['example']): Promise<number> {
  const mine = plantedFaults.filter(fault => fault.example === example)
  const drills = full ? [] : [...new Set(mine.flatMap(({ due, apart }) => [...due, ...apart]))]
  const verdicts = await tryDrills({ example, faults: [], drills, seed, time })
  const alarms = misjudged([], verdicts)
  print(`${alarms.length === 0 ? '✔' : '✘'}  the clean ${example}`)
  print(`${margin}red: ${redOf(verdicts).join(', ') || 'none'} of ${verdicts.size}`)
  for (const each of alarms) print(`${margin}${each}`)
  return alarms.length
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
