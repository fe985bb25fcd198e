/**
 * How well the drills see: plants each fault in a copy of the tree and looks which drills go red.
 *
 *     node --conditions=mettle-source test/sabotage/main.ts [--full] [fault...]
 *
 * With --full the whole catalogue runs for every fault, and on the clean tree.
 */

import { parseArgs } from 'node:util'
import { type PlantedFault, plantedFaults } from './faults.ts'
import { misjudged, redOf, tryDrills } from './sabotage.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean' }, time: { type: 'string' }, seed: { type: 'string' } },
})
const full = values.full === true
const time = values.time ?? (full ? '20s' : '5s')
const seed = Number(values.seed ?? 1)
const chosen = plantedFaults.filter(
  ({ id }) => positionals.length === 0 || positionals.includes(id),
)

async function attempt(fault: PlantedFault): Promise<boolean> {
  const { id, says, example, due, apart } = fault
  const drills = full ? [] : [...due, ...apart]
  const verdicts = await tryDrills({ example, faults: [fault], drills, seed, time })
  const wrong = misjudged([fault], verdicts)
  print(`${wrong.length === 0 ? '✔' : '✘'}  ${id.padEnd(20)} ${says}`)
  print(`${' '.repeat(24)}red: ${redOf(verdicts).join(', ') || 'none'} of ${verdicts.size}`)
  for (const each of wrong) print(`${' '.repeat(24)}${each}`)
  return wrong.length === 0
}

async function countFalseAlarms(): Promise<number> {
  let alarms = 0
  for (const example of new Set(chosen.map(fault => fault.example))) {
    const mine = chosen.filter(fault => fault.example === example)
    const drills = full ? [] : [...new Set(mine.flatMap(({ due }) => due))]
    const verdicts = await tryDrills({ example, faults: [], drills, seed, time })
    const alarmed = misjudged([], verdicts)
    for (const each of alarmed) print(`✘  on the clean ${example}: ${each}`)
    alarms += alarmed.length
  }
  return alarms
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

let found = 0
for (const fault of chosen) if (await attempt(fault)) found += 1
const alarms = await countFalseAlarms()
print(`\nsensitivity ${found}/${chosen.length}, false alarms ${alarms}`)
process.exitCode = found === chosen.length && alarms === 0 ? 0 : 1
