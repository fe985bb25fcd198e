/** One limit over several processes: allowed is the quota, no more and no less. */

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { test } from 'node:test'

import { createBuckets } from '../../../src/engine/limit/bucket.ts'
import { connectBuckets, serveBuckets } from '../../../src/engine/limit/shared-buckets.ts'
import type { Channel } from '../../../src/engine/limit/shared-buckets.ts'

interface Report {
  readonly type: string
  readonly allowed: number
  readonly least: number
}

const clock = { now: () => Date.now(), monotonic: () => performance.now() }

function channelTo(child: ChildProcess): Channel {
  return {
    send: message => void child.send(Object(message)),
    listen: listener => void child.on('message', listener),
    closed: listener => void child.once('disconnect', listener),
  }
}

function next(child: ChildProcess, type: string): Promise<Report> {
  return new Promise(resolve => {
    child.on('message', (message: Report) => {
      if (message.type === type) resolve(message)
    })
  })
}

test('three workers that flood one key get exactly the quota between them', async () => {
  const buckets = createBuckets({ clock })
  const children = [1, 2, 3].map(() =>
    fork(new URL('asker.ts', import.meta.url), { execArgv: ['--conditions=mettle-source'] }),
  )
  try {
    const ups = children.map(child => next(child, 'up'))
    for (const child of children) serveBuckets(buckets, channelTo(child))
    await Promise.all(ups)
    // A day's window, so that no request is refilled while the test runs.
    const order = { type: 'go', takes: 400, quota: 1_000 }
    const done = children.map(child => next(child, 'done'))
    for (const child of children) child.send(order)
    const reports = await Promise.all(done)
    assert.equal(
      reports.reduce((sum, report) => sum + report.allowed, 0),
      1_000,
    )
    assert.equal(Math.min(...reports.map(report => report.least)), 0)
    assert.ok(reports.every(report => report.allowed > 0))
  } finally {
    for (const child of children) child.kill()
  }
})

/** A line whose far end is in the test. */
function line() {
  const listeners: ((message: unknown) => void)[] = []
  const closed: (() => void)[] = []
  const sent: { readonly turn?: number }[] = []
  const channel: Channel = {
    send: message => void sent.push(Object(message)),
    listen: listener => void listeners.push(listener),
    closed: listener => void closed.push(listener),
  }
  return {
    channel,
    sent,
    hear: (message: unknown) => listeners.forEach(listener => listener(message)),
    close: () => closed.forEach(listener => listener()),
  }
}

const batch = {
  buckets: [{ key: 'a', quota: 2, windowSeconds: 60 }],
  groups: [{ buckets: [0], requests: 1 }],
}

test('answers find their questions, whatever else is said on the line', async () => {
  const far = line()
  const shared = connectBuckets(far.channel)
  const asked = [shared.take(batch), shared.take(batch)]
  const outcomes = [{ allowed: 1, levels: [0] }]
  far.hear('something of another kind')
  far.hear({ type: 'limit.taken', turn: far.sent[1]!.turn, outcomes })
  far.hear({ type: 'limit.taken', turn: far.sent[0]!.turn, outcomes: [] })
  assert.deepEqual(await Promise.all(asked), [[], outcomes])
})

test('when the owner of the buckets is gone nobody waits for ever', async () => {
  const far = line()
  const asked = connectBuckets(far.channel).take(batch)
  far.close()
  await assert.rejects(asked, { code: 'admit.overloaded' })

  const broken = line()
  const throwing = connectBuckets({
    ...broken.channel,
    send: () => {
      throw new Error('channel closed')
    },
  })
  await assert.rejects(throwing.take(batch), { code: 'admit.overloaded' })
})
