/** A worker of the limit test: takes as often as it is told and reports what was allowed. */

import { connectBuckets } from '../../../src/engine/limit/shared-buckets.ts'

const store = connectBuckets({
  send: message => void process.send!(message),
  listen: listener => void process.on('message', listener),
  closed: listener => void process.once('disconnect', listener),
})

interface Order {
  readonly type: 'go'
  readonly takes: number
  readonly quota: number
}

process.on('message', (message: Order) => {
  if (message.type === 'go') void obey(message)
})

async function obey({ takes, quota }: Order): Promise<void> {
  const policy = { name: 'shared', quota, windowSeconds: 86_400 }
  let allowed = 0
  let least = quota
  const one = async () => {
    const decision = await store.take('somebody', policy)
    if (decision.allowed) {
      allowed += 1
      least = Math.min(least, decision.remaining)
    }
  }
  // Some together in one turn, some one after the other.
  for (let done = 0; done < takes; done += 20) await Promise.all(Array.from({ length: 20 }, one))
  process.send!({ type: 'done', allowed, least })
}

process.send!({ type: 'up' })
