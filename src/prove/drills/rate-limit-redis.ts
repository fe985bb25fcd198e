/** Bursts against a quota that is kept in Redis, while it is there, killed, and hangs. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import {
  type Burst,
  burst,
  burstAt,
  limited,
  limitedPath,
  ownHeaders,
  quota,
  wrongOf,
} from '../bursts.ts'
import { drill } from '../drill.ts'
import { countedBy } from '../metrics.ts'
import { lacksRedis } from '../redis.ts'
import type { Service } from '../service.ts'

const nodes = 3
/** A node that was too busy to hear Redis in time counts alone: that burst says nothing. */
const attemptsMax = 4
/** No claim, only the end of patience: Redis is tried every half a second. */
const togetherMsMax = 30_000
const lookMs = 50

export default drill({
  id: 'rate-limit-redis',
  group: 'exhaustion',
  promise: 'security.limit',
  reach: 'settings',
  claim:
    'A quota in Redis is exact over all nodes, and with Redis gone at most the quota of each node',
  explained: {
    does: 'bursts of one caller at three nodes whose quota is kept in a Redis of the run: while it is there, right after it was killed, when it is back, and while it hangs; counts what was let in against the quota, and what nodes counted alone',
    bar: 'not one request more or less than the quota with Redis; without it one quota is let in at least, and at most that of each node',
    asks: 'a list under no limit but `default`, and on this machine `redis-server` and the package `ioredis`',
    seconds: 15,
  },
  needs: model =>
    limitedPath(model) === null ? 'every list has a limit of its own' : lacksRedis(),
  async attack(context) {
    const { model, open, progress } = context
    const path = limitedPath(model)!
    const redis = await context.redis()
    const settings = { ...limited, RATE_LIMIT_STORE: 'redis', REDIS_URL: redis.url }
    const service = await open(settings, nodes)
    // Before Redis goes: whoever signs up then would tell of nothing but that.
    const first = await ownHeaders(model, service, 1)
    const second = await ownHeaders(model, service, 2)
    const alone = { path, buckets: nodes }
    progress(`bursts at ${nodes} nodes that share a quota of ${quota} a minute`)
    const shared = await togetherBurst(context, service, { name: 'with Redis', path, from: 3 })
    const countedAlone = await aloneCount(service)
    progress('bursts without Redis')
    await redis.stop()
    const killed = await burstAt(service, {
      ...alone,
      name: 'Redis killed',
      headersOf: () => first,
    })
    await redis.start()
    const again = await togetherBurst(context, service, { name: 'Redis back', path, from: 20 })
    redis.pause()
    const hanging = await burstAt(service, {
      ...alone,
      name: 'Redis hanging',
      headersOf: () => second,
    })
    redis.resume()
    const bursts = [shared, killed, again, hanging]
    return {
      attack: `${bursts.length} bursts of ${burst} requests against a quota of ${quota} in Redis, over ${nodes} nodes, two of them without Redis`,
      size: bursts.reduce((sum, { replies }) => sum + replies.length, 0),
      inFlight: Math.min(...bursts.map(({ inFlight }) => inFlight)),
      figures: {
        quota,
        allowed: shared.allowed,
        allowedAgain: again.allowed,
        allowedKilled: killed.allowed,
        allowedHanging: hanging.allowed,
        countedAlone: (await aloneCount(service)) - countedAlone,
        unanswered: bursts.flatMap(({ replies }) => replies).filter(isLost).length,
        ...wrongOf(bursts),
      },
    }
  },
  judge: ({ wrong, off, countedAlone, unanswered }) => [
    ...(wrong === 'none' ? [] : [`not as many as the quota were let in: ${wrong} (off by ${off})`]),
    ...(countedAlone > 0 ? [] : ['nothing was counted alone, though Redis was away']),
    ...(unanswered === 0
      ? []
      : [`${unanswered} requests got no answer, or an error of the server`]),
  ],
})

interface TogetherOptions {
  readonly name: string
  readonly path: string
  /** Callers from this number on: each is as good as new only once. */
  readonly from: number
}

/** Rejects where a node counts alone again and again, though Redis is there. */
async function togetherBurst(
  { model }: AttackContext,
  service: Service,
  { name, path, from }: TogetherOptions,
): Promise<Burst> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const headers = await ownHeaders(model, service, from + attempt)
    await untilTogether(service)
    const before = await aloneCount(service)
    const seen = await burstAt(service, { name, path, headersOf: () => headers })
    if ((await aloneCount(service)) === before) return seen
  }
  throw new Error(`Redis did not answer the nodes in time in ${attemptsMax} bursts`)
}

/** By `ready`, which says whether Redis decides for a node; one without it says nothing. */
async function untilTogether({ urls }: Service): Promise<void> {
  const untilMs = performance.now() + togetherMsMax
  while (!(await Promise.all(urls.map(decidesTogether))).every(Boolean)) {
    if (performance.now() > untilMs) throw new Error('the nodes do not come back to Redis')
    await sleep(lookMs)
  }
}

async function decidesTogether(url: string): Promise<boolean> {
  const { checks }: { readonly checks?: unknown } = Object(
    await (await fetch(`${url}/health/ready`)).json(),
  )
  return Reflect.get(Object(checks), 'limits') !== false
}

function aloneCount({ nodes: all }: Service): Promise<number> {
  return countedBy(all, 'mettle_rate_limit_alone_total')
}

function isLost({ status }: { readonly status: number | null }): boolean {
  return status === null || status >= 500
}
