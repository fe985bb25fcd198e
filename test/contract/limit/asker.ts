/** A worker of the limit test: takes as often as it is told and reports what was allowed. */

import { gatherTakes } from '../../../src/engine/limit/gathering.ts'
import { connectBuckets } from '../../../src/engine/limit/shared-buckets.ts'
import { policy as policyOf } from '../../unit/limit/policies.ts'

const store = gatherTakes(
  connectBuckets({
    send: message => void process.send!(message),
    listen: listener => void process.on('message', listener),
    closed: listener => void process.once('disconnect', listener),
  }),
)

interface Order {
  readonly type: 'go'
  readonly takes: number
  readonly quota: number
}

process.on('message', (message: Order) => {
  if (message.type === 'go') void obey(message)
})

async function obey({ takes, quota }: Order): Promise<void> {
  const policy = policyOf('shared', quota, 86_400)
  let allowed = 0
  let least = quota
  const one = async () => {
    const taken = await store.take([policy], ['somebody'])
    if (!taken.allowed) return
    allowed += 1
    least = Math.min(least, Math.floor(taken.levels[0]! / 86_400_000))
  }
  // Some together in one turn, some one after the other.
  for (let done = 0; done < takes; done += 20) await Promise.all(Array.from({ length: 20 }, one))
  process.send!({ type: 'done', allowed, least })
}

process.send!({ type: 'up' })
