/** What the nodes count themselves, read as Prometheus reads it. */

import type { NodeProcess } from './node-process.ts'

/** The sum of a series over all nodes and labels; a worker that was killed took its count along. */
export async function countedBy(nodes: readonly NodeProcess[], series: string): Promise<number> {
  const texts = await Promise.all(
    nodes.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  )
  return texts
    .flatMap(text => text.split('\n'))
    .map(line => new RegExp(`^${series}(?:\\{.*\\})? (\\S+)$`).exec(line)?.[1])
    .reduce((sum, value) => sum + Number(value ?? 0), 0)
}
