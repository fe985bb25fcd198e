/** Nodes that are started with settings under which nobody should serve. */

import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import type { Settings } from '../site.ts'

const atOnce = 3

/** Settings that are unsafe, and what the refusal must name. */
interface Unsafe {
  readonly name: string
  readonly settings: Settings
  readonly named: RegExp
}

export default drill({
  id: 'config',
  group: 'release',
  promise: 'operate.config',
  reach: 'settings',
  claim: 'No node serves under settings that are unsafe, and each says which they are',
  explained: {
    does: 'starts nodes with unsafe settings, with tables that are not as declared, and on a database that does not wait for its disk; counts those that serve, and refusals that do not name what is wrong',
    bar: 'every such node refuses to start and names the setting',
    asks: 'nothing',
    seconds: 20,
  },
  needs: () => null,
  async attack(context) {
    const cases = casesFor(context)
    const queue = cases.values()
    const served: string[] = []
    const unnamed: string[] = []
    const start = async () => {
      for (const each of queue) {
        context.progress(`a node with ${each.name}`)
        const said = await refusalOf(context, each)
        if (said === null) served.push(each.name)
        else if (!each.named.test(said)) unnamed.push(each.name)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, start))
    return {
      attack: `nodes started with ${cases.map(({ name }) => name).join(', ')}`,
      size: cases.length,
      inFlight: null,
      figures: {
        settings: cases.length,
        refused: cases.length - served.length,
        served: served.join(', ') || 'none',
        unnamed: unnamed.join(', ') || 'none',
      },
    }
  },
  judge: ({ served, unnamed }) => [
    ...(served === 'none' ? [] : [`nodes served with ${served}`]),
    ...(unnamed === 'none' ? [] : [`nodes did not say what is wrong with ${unnamed}`]),
  ],
})

function casesFor({ service }: AttackContext): readonly Unsafe[] {
  const secret = /METTLE_SECRET/
  const url = /PUBLIC_URL/
  const at = (change: (url: URL) => void) => {
    const changed = new URL(service.records.url)
    change(changed)
    return { DATABASE_URL: changed.href }
  }
  return [
    { name: 'no secret', settings: { METTLE_SECRET: '' }, named: secret },
    { name: 'a short secret', settings: { METTLE_SECRET: 'changeme' }, named: secret },
    { name: 'a secret of one letter', settings: { METTLE_SECRET: 'a'.repeat(64) }, named: secret },
    {
      name: 'passwords over plain HTTP',
      settings: { PUBLIC_URL: 'http://api.example.com' },
      named: url,
    },
    {
      name: 'an address for others and no public URL',
      settings: { PUBLIC_URL: '', HOST: '0.0.0.0' },
      named: url,
    },
    {
      name: 'every origin allowed',
      settings: { ALLOWED_ORIGINS: '*' },
      named: /ALLOWED_ORIGINS/,
    },
    { name: 'every proxy trusted', settings: { TRUSTED_PROXIES: '*' }, named: /TRUSTED_PROXIES/ },
    {
      name: 'a guessable token for metrics',
      settings: { METRICS_TOKEN: 'metrics' },
      named: /METRICS_TOKEN/,
    },
    { name: 'no rate limit', settings: { RATE_LIMIT: '0' }, named: /RATE_LIMIT/ },
    { name: 'no database', settings: { DATABASE_URL: '' }, named: /DATABASE_URL/ },
    {
      name: 'another kind of database',
      settings: { DATABASE_URL: 'mysql://127.0.0.1/shop' },
      named: /DATABASE_URL/,
    },
    {
      name: 'tables that are not as declared',
      settings: at(changed => (changed.pathname = '/postgres')),
      named: /mettle migrate/,
    },
    {
      name: 'a database that does not wait for its disk',
      settings: at(changed => changed.searchParams.set('options', '-c synchronous_commit=off')),
      named: /synchronous_commit/,
    },
  ]
}

/** What the node said when it refused; null: it serves. */
async function refusalOf({ open }: AttackContext, { settings }: Unsafe): Promise<string | null> {
  try {
    const served = await open(settings, 1)
    await served.close()
    return null
  } catch (error) {
    return String(error)
  }
}
