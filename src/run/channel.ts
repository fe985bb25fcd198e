/** The line between the supervisor and a worker, as the parts that share state over it want it. */

import type { Worker } from 'node:cluster'
import type { Channel } from '../engine/limit/shared-buckets.ts'

/** The supervisor's end. */
export function workerChannel(worker: Worker): Channel {
  return {
    send: message => {
      if (worker.isConnected()) worker.send(message)
    },
    listen: listener => worker.on('message', listener),
    closed: listener => worker.once('disconnect', listener),
  }
}

/** The worker's end. */
export function supervisorChannel(): Channel {
  return {
    send: message => {
      if (!process.connected) throw new Error('the supervisor is gone')
      process.send?.(message, () => {})
    },
    listen: listener => process.on('message', listener),
    closed: listener => process.once('disconnect', listener),
  }
}
