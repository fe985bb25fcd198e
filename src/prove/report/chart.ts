/** What clients saw over the time of a fault, as a small SVG that needs nothing but itself. */

import type { Timeline } from '../timeline.ts'

const width = 640
const height = 96
const axis = 16

/** Bars of what was done, on them what was not, and a line at each fault. */
export function chartOf({ stepMs, done, failed, faultsMs }: Timeline): string {
  const most = done.reduce((top, count, at) => Math.max(top, count + (failed[at] ?? 0)), 1)
  const spanMs = done.length * stepMs
  const barWidth = width / done.length
  const tall = (count: number) => (count / most) * (height - axis)
  const bar = (kind: string, at: number, from: number, count: number) =>
    count === 0
      ? ''
      : `<rect class="${kind}" x="${round(at * barWidth)}" y="${round(height - axis - from - tall(count))}" width="${round(Math.max(1, barWidth - 1))}" height="${round(tall(count))}"/>`
  const bars = done.map((count, at) => {
    const bad = failed[at] ?? 0
    return bar('done', at, 0, count) + bar('failed', at, tall(count), bad)
  })
  const faults = faultsMs.map(atMs => {
    const x = round((atMs / spanMs) * width)
    return `<line class="fault" x1="${x}" x2="${x}" y1="0" y2="${height - axis}"/>`
  })
  const perSecond = Math.round((most * 1_000) / stepMs).toLocaleString('en-US')
  const label = `Requests over ${seconds(spanMs)}, at most ${perSecond} a second; ${faultsMs.length} faults`
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${bars.join('')}${faults.join('')}
<line class="axis" x1="0" x2="${width}" y1="${height - axis}" y2="${height - axis}"/>
<text x="0" y="${height - 3}">0</text>
<text x="${width}" y="${height - 3}" text-anchor="end">${seconds(spanMs)}</text>
<text x="${width / 2}" y="${height - 3}" text-anchor="middle">at most ${perSecond} requests a second</text>
</svg>`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}

function round(value: number): string {
  return value.toFixed(1)
}
