/** The user's backend under attack: its nodes, the balancer before them, the database behind. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Model } from '../model/model.ts'
import { type Balancer, openBalancer } from './balancer.ts'
import { type Callers, createCallers } from './callers.ts'
import { createFaults, type Faults } from './faults.ts'
import type { Holdings } from './holdings.ts'
import { createSender, type Sender } from './http.ts'
import { createRows, type Rows } from './model/rows.ts'
import { NodeProcess } from './node-process.ts'
import { freePorts } from './ports.ts'
import type { Random } from './random.ts'
import { openRecords, type Records } from './records.ts'
import type { Settings, Site } from './site.ts'

export interface Service {
  /** Whether the runner started it; else it is asked over HTTP only. */
  readonly own: boolean
  /** Of the balancer: what clients use. */
  readonly url: string
  /** Of each node, past the balancer. */
  readonly urls: readonly string[]
  readonly secret: string
  readonly nodes: readonly NodeProcess[]
  readonly balancer: Balancer
  readonly records: Records
  /** Plants rows that the rules of access do not hold back. */
  readonly rows: Rows
  readonly callers: Callers
  readonly faults: Faults
  /** The same database as its superuser, for what only he may look at. */
  readonly superuser: <T>(look: (records: Records) => Promise<T>) => Promise<T>
  /** Runs `mettle` as an operator would, `['keys', 'rotate']`; resolves to what it printed. */
  readonly operate: (args: readonly string[]) => Promise<string>
  /** From the runner's own process, through the balancer. */
  readonly send: Sender['send']
  /** Brings back what faults left behind; resolves when every node is ready for the balancer. */
  heal(): Promise<void>
  close(): Promise<void>
}

interface ServiceOptions {
  readonly site: Site
  readonly model: Model
  readonly random: Random
  readonly holdings: Holdings
  /** What runs as a node: the program and its arguments. */
  readonly command: readonly string[]
  readonly nodes: number
  /** Over those of every service under attack. */
  readonly settings?: Settings
}

const healMsMax = 90_000
const lookMs = 20
let opened = 0

export async function openService(options: ServiceOptions): Promise<Service> {
  const { site, model, random, holdings, command } = options
  opened += 1
  const databaseUrl = await site.database()
  const ports = await freePorts(options.nodes)
  const balancer = await openBalancer(ports)
  const url = `http://127.0.0.1:${balancer.port}`
  const secret = `prove-${random.fork('secret').word(48)}`
  const settings = { ...settingsOf(url, secret, databaseUrl), ...options.settings }
  const nodes = ports.map((port, number) => {
    const environment = site.environment({ ...settings, PORT: String(port) })
    const log = join(site.folder, `service-${opened}-node-${number + 1}.log`)
    return new NodeProcess({ command, environment, port, log, holdings })
  })
  const records = await openRecords(databaseUrl)
  const sender = createSender({ url })
  const { send } = sender
  const callers = createCallers({ model, random, send, site, settings })
  const rows = createRows({ model, random, records, callers })
  const faults = createFaults(site)
  const close = async () => {
    sender.close()
    faults.resumeDatabase()
    await Promise.all(nodes.map(node => node.signal('SIGKILL')))
    await balancer.close()
    await records.close()
  }
  const heal = async () => {
    balancer.delay(0)
    faults.resumeDatabase()
    for (const node of nodes) if (node.pid === null) node.launch()
    await Promise.all(nodes.map(node => node.signal('SIGCONT')))
    await Promise.all(nodes.map(node => node.ready()))
    await untilAllReady(balancer, nodes.length)
  }
  try {
    await heal()
  } catch (error) {
    await close()
    throw error
  }
  const urls = ports.map(port => `http://127.0.0.1:${port}`)
  const superuser: Service['superuser'] = look => asSuperuser(site, databaseUrl, look)
  const operate: Service['operate'] = args =>
    site.run([...args, '--backend', site.backend], settings)
  const parts = { nodes, operate, balancer, records, superuser, rows, callers, faults }
  return { own: true, url, urls, secret, ...parts, send, heal, close }
}

async function asSuperuser<T>(
  site: Site,
  databaseUrl: string,
  look: (records: Records) => Promise<T>,
): Promise<T> {
  const { pathname } = new URL(databaseUrl)
  const records = await openRecords(Object.assign(new URL(site.adminUrl), { pathname }).href)
  try {
    return await look(records)
  } finally {
    await records.close()
  }
}

/** Limits, declared ones too, are out of the way: the drill that is about them sets its own. */
function settingsOf(url: string, secret: string, databaseUrl: string): Settings {
  return {
    DATABASE_URL: databaseUrl,
    METTLE_SECRET: secret,
    HOST: '127.0.0.1',
    WORKERS: '1',
    LOG_LEVEL: 'info',
    PUBLIC_URL: url,
    RATE_LIMIT_FACTOR: '1000000',
    // Callers say where they come from, as the balancer would.
    TRUSTED_PROXIES: '127.0.0.1',
  }
}

async function untilAllReady(balancer: Balancer, count: number): Promise<void> {
  const untilMs = performance.now() + healMsMax
  while (balancer.ready().length < count) {
    if (performance.now() > untilMs) throw new Error('the balancer does not see every node ready')
    await sleep(lookMs)
  }
}
