/** Access tokens that are not ours, not for us, not any more, or not as we write them. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { createSender } from '../http.ts'
import { genuine, plantKey } from '../tokens/forge.ts'
import { claimVectors, formVectors, keyVectors, type Vector } from '../tokens/vectors.ts'

/** Nodes look for unknown keys every five seconds at most. */
const keyKnownMsMax = 15_000
const lookMs = 200

interface Answer {
  readonly name: string
  readonly accepted: boolean
}

export default drill({
  id: 'jwt',
  group: 'security',
  promise: 'security.token',
  reach: 'outside',
  claim: 'Only our own tokens, for us, still valid and in our one spelling, name a caller',
  explained: {
    does: 'presents forged, altered, expired and foreign tokens and other spellings of a good one at each node, some of them signed with a key that was planted; counts those that were accepted, beside a genuine one that must be',
    bar: 'none but the genuine tokens is accepted',
    asks: 'users',
    seconds: 8,
  },
  needs: model => (model.identity === null ? 'this backend has no users' : null),
  async attack(context) {
    const { service, progress } = context
    const member = await service.callers.member()
    const token = (await member.headers())['authorization']!.replace('Bearer ', '')
    const good = genuine(token)
    const key = service.own ? await plantKey(service.records) : null
    const claims = key === null ? [] : claimVectors(good, key)
    const vectors = [...keyVectors(good), ...formVectors(good), ...claims]
    progress(`${vectors.length} tokens at each of ${service.urls.length} nodes`)
    await untilAccepted(context, { name: 'the genuine token', token })
    if (key !== null) {
      const own = key.sign(good.header, good.payload)
      await untilAccepted(context, { name: 'one signed with a key of ours', token: own })
    }
    const answers = await present(context, vectors)
    const accepted = answers.filter(each => each.accepted)
    return {
      attack: `${vectors.length} forged, altered and foreign tokens at each of ${service.urls.length} nodes`,
      size: answers.length,
      inFlight: null,
      figures: {
        vectors: answers.length,
        accepted: accepted.length,
        found: [...new Set(accepted.map(({ name }) => name))].join(', ') || 'nothing',
      },
    }
  },
  judge: ({ accepted, found }) =>
    accepted === 0 ? [] : [`${accepted} tokens that are none were accepted: ${found}`],
})

/** That a token is refused says something only where a good one is not. */
async function untilAccepted(context: AttackContext, vector: Vector): Promise<void> {
  const untilMs = performance.now() + keyKnownMsMax
  for (;;) {
    const answers = await present(context, [vector])
    if (answers.every(({ accepted }) => accepted)) return
    if (performance.now() > untilMs) throw new Error(`${vector.name} is refused`)
    await sleep(lookMs)
  }
}

/** Each node is asked directly: none may rely on its neighbour. */
async function present(
  { service }: AttackContext,
  vectors: readonly Vector[],
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const url of service.urls) {
    const { send, close } = createSender({ url })
    for (const { name, token } of vectors) {
      const headers = { authorization: `Bearer ${token}` }
      const { status } = await send({ path: '/auth/me', headers })
      answers.push({ name, accepted: status === 200 })
    }
    close()
  }
  return answers
}
