/** CPU time and memory of processes and their descendants, read from /proc. */

import { readdirSync, readFileSync } from 'node:fs'

const ticksPerSecond = 100
const pageBytes = 4_096

interface ProcessFigures {
  readonly cpuSeconds: number
  readonly residentBytes: number
}

/** Sums over `root` and all its descendants, reaped children included. */
export function figuresOf(root: number): ProcessFigures {
  const parents = new Map<number, number>()
  const figures = new Map<number, ProcessFigures>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const stat = readStat(pid)
    if (stat === null) continue
    parents.set(pid, stat.parent)
    figures.set(pid, stat.figures)
  }
  let cpuSeconds = 0
  let residentBytes = 0
  for (const [pid, own] of figures) {
    if (!descends(pid, root, parents)) continue
    cpuSeconds += own.cpuSeconds
    residentBytes += own.residentBytes
  }
  return { cpuSeconds, residentBytes }
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined; at = parents.get(at)) {
    if (at === root) return true
  }
  return false
}

function readStat(pid: number): { parent: number; figures: ProcessFigures } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Behind the name in brackets: state, parent, ... user and system ticks are the 14th and 15th
    // field of the line.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
    return {
      parent: fields[1]!,
      figures: { cpuSeconds: ticks / ticksPerSecond, residentBytes: fields[21]! * pageBytes },
    }
  } catch {
    return null
  }
}
