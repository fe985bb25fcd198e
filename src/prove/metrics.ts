/** What the nodes count themselves, read as Prometheus reads it. */

import type { NodeProcess } from './node-process.ts'
import { readScrape } from './scrape.ts'

/** The sum of a series over all nodes and labels; a worker that was killed took its count along. */
export async function countedBy(nodes: readonly NodeProcess[], series: string): Promise<number> {
  const texts = await Promise.all(
    nodes.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  )
  return texts
    .flatMap(text => [...readScrape(text).samples])
    .filter(([key]) => key.startsWith(`${series}{`))
    .reduce((sum, [, value]) => sum + value, 0)
}
