/** The five workloads: what each side is asked for. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SeedFacts } from './seed.ts'
import type { Load } from './wrk.ts'

/** How one side names things. */
interface Paths {
  product(id: string): string
  newestOrders(customer: string): string
  orderTree(order: string): string
  readonly products: string
}

/** What a load is made of: made anew before each run, because tokens expire and versions move. */
export interface Source {
  readonly paths: Paths
  readonly facts: SeedFacts
  /** Where files for the load generator go. */
  readonly folder: string
  /** The bearer token of a user. */
  token(user: string): Promise<string>
  readonly staff: string
  /** Id and version of every product now. */
  versions(): Promise<readonly (readonly [id: string, version: number])[]>
}

export const mettlePaths: Paths = {
  product: id => `/api/v1/products/${id}`,
  newestOrders: customer => `/api/v1/users/${customer}/orders?sort=-createdAt&limit=20`,
  orderTree: order => `/api/v1/orders/${order}?expand=lines.product`,
  products: '/api/v1/products',
}

export const rivalPaths: Paths = {
  product: id => `/products/${id}`,
  newestOrders: customer => `/users/${customer}/orders?limit=20`,
  orderTree: order => `/orders/${order}`,
  products: '/products',
}

export interface Workload {
  readonly name: string
  readonly title: string
  load(source: Source): Promise<Load>
}

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    title: 'point read',
    load: async source => {
      const token = await source.token(source.staff)
      const lines = source.facts.productIds.map(id => `${source.paths.product(id)} ${token}`)
      return reading(source, lines)
    },
  },
  {
    name: 'W2',
    title: '20 newest orders of a user',
    load: source => readingAsCustomers(source, order => source.paths.newestOrders(order.customer)),
  },
  {
    name: 'W3',
    title: 'order with lines and products',
    load: source => readingAsCustomers(source, order => source.paths.orderTree(order.id)),
  },
  {
    name: 'W4',
    title: 'insert',
    load: async source => ({
      script: 'bench/load/insert.lua',
      arguments: [source.paths.products, await source.token(source.staff)],
    }),
  },
  {
    name: 'W5',
    title: 'stock update guarded by version',
    load: async source => {
      const lines = (await source.versions()).map(([id, version]) => `${id} ${version}`)
      const file = write(source, lines)
      const token = await source.token(source.staff)
      return {
        script: 'bench/load/update.lua',
        arguments: [file, token, `${source.paths.products}/`],
      }
    },
  },
]

function reading(source: Source, lines: readonly string[]): Load {
  return { script: 'bench/load/read.lua', arguments: [write(source, lines)] }
}

async function readingAsCustomers(
  source: Source,
  path: (order: SeedFacts['orders'][number]) => string,
): Promise<Load> {
  const lines: string[] = []
  for (const order of source.facts.orders)
    lines.push(`${path(order)} ${await source.token(order.customer)}`)
  return reading(source, lines)
}

function write(source: Source, lines: readonly string[]): string {
  const file = join(source.folder, `load-${process.hrtime.bigint()}`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}
