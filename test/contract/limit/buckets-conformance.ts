/** What every keeper of buckets must hold, whoever keeps them and however many take. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { type BucketForm, costOf, type SharedBuckets } from '../../../src/ports/buckets.ts'

const day = 86_400
/** No test takes from the bucket of another. */
const bucket = (quota: number, windowSeconds = day): BucketForm => ({
  key: `${randomBytes(6).toString('hex')} "it's" \\ {${quota}}`,
  quota,
  windowSeconds,
})

async function takeFrom(keeper: SharedBuckets, form: BucketForm, requests: number) {
  const [outcome] = await keeper.take({ buckets: [form], groups: [{ buckets: [0], requests }] })
  return outcome!
}

/** `keepers` are several on the same buckets: what one takes is gone for the others. */
export function bucketsConformance(name: string, keepers: readonly SharedBuckets[]): void {
  holdsForOne(name, keepers[0]!)
  holdsForMany(name, keepers)
}

function holdsForMany(name: string, keepers: readonly SharedBuckets[]): void {
  test(`${name}: takers everywhere at once get exactly the quota between them`, async () => {
    const form = bucket(300)
    const allowed = await Promise.all(
      Array.from({ length: 120 }, async (_, at) => {
        const batch = { buckets: [form], groups: [{ buckets: [0], requests: 5 }] }
        const [outcome] = await keepers[at % keepers.length]!.take(batch)
        return outcome!.allowed
      }),
    )
    assert.equal(
      allowed.reduce((sum, count) => sum + count, 0),
      300,
    )
  })

  test(`${name}: batches that name the same buckets in another order do not wait for each other`, async () => {
    const forms = [bucket(1_000), bucket(1_000), bucket(1_000)]
    const places = [0, 1, 2]
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, at) => {
        const buckets = places.map(place => forms[(place + at) % 3]!)
        return keepers[at % keepers.length]!.take({
          buckets,
          groups: [{ buckets: places, requests: 3 }],
        })
      }),
    )
    assert.ok(outcomes.every(([outcome]) => outcome!.allowed === 3))
    const left = await Promise.all(forms.map(form => takeFrom(keepers[0]!, form, 1_000)))
    assert.deepEqual(
      left.map(({ allowed }) => allowed),
      [820, 820, 820],
    )
  })
}

function holdsForOne(name: string, keeper: SharedBuckets): void {
  const take = (form: BucketForm, requests: number) => takeFrom(keeper, form, requests)

  test(`${name}: a bucket that nobody knows is full, and gives its quota and no more`, async () => {
    const form = bucket(5)
    const cost = costOf(form)
    const first = await take(form, 2)
    assert.deepEqual([first.allowed, Math.floor(first.levels[0]! / cost)], [2, 3])
    const second = await take(form, 9)
    assert.deepEqual([second.allowed, Math.floor(second.levels[0]! / cost)], [3, 0])
    assert.equal((await take(form, 1)).allowed, 0)
  })

  test(`${name}: a request takes from all of its buckets or from none`, async () => {
    const [small, large] = [bucket(2), bucket(10)]
    const outcomes = await keeper.take({
      buckets: [large, small],
      groups: [
        { buckets: [0, 1], requests: 3 },
        { buckets: [0], requests: 4 },
        { buckets: [1, 0], requests: 1 },
      ],
    })
    assert.deepEqual(
      outcomes.map(({ allowed, levels }) => [
        allowed,
        levels.map(level => Math.floor(level / (day * 1_000))),
      ]),
      [
        [2, [8, 0]],
        [4, [4]],
        [0, [0, 4]],
      ],
    )
  })

  test(`${name}: refills as time goes, never faster and never above the quota`, async () => {
    const form = bucket(1_000, 1)
    const beganMs = Date.now()
    let allowed = 0
    let refused = 0
    while (refused < 3 || allowed < 1_200) {
      const outcome = await take(form, 400)
      allowed += outcome.allowed
      if (outcome.allowed < 400) refused += 1
      assert.ok(outcome.levels[0]! <= 1_000 * costOf(form))
    }
    const elapsedMs = Date.now() - beganMs + 2
    assert.ok(allowed <= 1_000 + elapsedMs, `${allowed} in ${elapsedMs} ms`)
  })

  test(`${name}: counts as large as may be declared stay exact`, async () => {
    const form = bucket(104_249_991)
    const first = await take(form, 1)
    const whole = form.quota * costOf(form)
    assert.equal(first.levels[0], whole - costOf(form))
    const second = await take(form, 1_000)
    assert.equal(second.allowed, 1_000)
    assert.ok(Number.isSafeInteger(second.levels[0]))
  })
}
