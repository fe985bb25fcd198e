/** Rows of a batch are given to the wrong requests. */

import type { Data } from '../../../engine/data/data.ts'
import { broken } from '../broken.ts'

interface Waiting<T> {
  readonly own: Promise<T>
  readonly resolve: (other: Promise<T>) => void
}

/** Two that come for one plan in the same turn of the event loop get each other's. */
function swapping<T>(): (plan: object, own: Promise<T>) => Promise<T> {
  const waiting = new Map<object, Waiting<T>>()
  return (plan, own) => {
    const first = waiting.get(plan)
    if (first !== undefined) {
      waiting.delete(plan)
      first.resolve(own)
      return first.own
    }
    const { promise, resolve } = Promise.withResolvers<T>()
    const mine = { own, resolve }
    waiting.set(plan, mine)
    setImmediate(() => {
      if (waiting.get(plan) !== mine) return
      waiting.delete(plan)
      resolve(own)
    })
    return promise
  }
}

function crossed(data: Data): Data {
  const swap = swapping<Awaited<ReturnType<Data['read']>>>()
  return {
    read: (plan, ...given) => swap(plan, data.read(plan, ...given)),
    write: (...given) => data.write(...given),
    transaction: (...given) => data.transaction(...given),
  }
}

export default broken('rows of a batch are swapped', { data: crossed })
