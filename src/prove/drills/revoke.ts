/** Sessions and keys are ended and a role is taken away in the middle of a load that uses them. */

import { apiPath } from '../../model/names.ts'
import type { Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import { drill } from '../drill.ts'
import { nowMs, type Request } from '../http.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { type Endpoint, endpointsOf, endpointWish, requestFor } from '../model/endpoints.ts'
import {
  clockSlackMs,
  openByCookie,
  openByToken,
  openKey,
  pastRevocation,
  revocationMs,
} from '../sessions.ts'
import { timelineOf } from '../timeline.ts'

const clients = 24
const pauseMs = 20

/** What a client asks for, and how the drill calls it. */
interface Use {
  readonly name: string
  readonly request: Request
}

/** Each client stays with one use. */
const user: ClientWork<readonly Use[]> = async ({ number, data, send, stopping }) => {
  const { name, request } = data[number % data.length]!
  while (!stopping()) {
    await send({ ...request, about: name })
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

interface Revocation {
  readonly name: string
  readonly uses: readonly Use[]
  readonly revoke: () => Promise<unknown>
}

export default drill({
  id: 'revoke',
  group: 'security',
  promise: 'security.session',
  reach: 'plants',
  claim: 'What is revoked is refused from then on, on every node, under load',
  explained: {
    does: 'ends sessions and an API key and takes a role away in the middle of a load that uses them on two nodes; counts requests that were accepted after the stated bound',
    bar: 'nothing is accepted later than the stated bound',
    asks: 'users',
    seconds: 15,
  },
  needs: model => (model.identity === null ? 'this backend has no users' : null),
  clients: { user },
  async attack(context) {
    const { service, progress } = context
    const revocations = [
      await signingOut(context),
      await endingToken(context),
      await endingKey(context),
      ...(await takingRole(context)),
    ]
    const load = context.load(user, { clients, data: revocations.flatMap(({ uses }) => uses) })
    await load.reach(clients * 4)
    const revoked: { readonly name: string; readonly fromMs: number; readonly atMs: number }[] = []
    for (const { name, revoke } of revocations) {
      progress(name)
      const fromMs = nowMs()
      await revoke()
      revoked.push({ name, fromMs, atMs: nowMs() })
    }
    await pastRevocation(nowMs())
    await load.reach(clients * 4)
    await load.stop()
    const seen = revoked.map(({ name, atMs }) => {
      const entries = load.ledger.entries.filter(({ about }) => about.startsWith(name))
      return delayOf(entries, atMs)
    })
    const inFlight = revoked.map(({ fromMs, atMs }) => load.ledger.inFlightAt(fromMs, atMs))
    return {
      attack: `${revoked.map(({ name }) => name).join(', ')}, while ${clients} clients go on over ${service.nodes.length} nodes`,
      size: load.ledger.entries.length,
      inFlight: Math.max(...inFlight),
      figures: {
        requests: load.ledger.entries.length,
        revocations: revoked.length,
        acceptedBefore: Math.min(...seen.map(({ before }) => before)),
        refusedAfter: Math.min(...seen.map(({ refused }) => refused)),
        longestMs: Math.max(...seen.map(({ longestMs }) => longestMs)),
        boundMs: revocationMs,
        acceptedLate: seen.reduce((sum, { late }) => sum + late, 0),
      },
      timeline: timelineOf(
        load.ledger.entries,
        revoked.map(({ atMs }) => atMs),
      ),
    }
  },
  judge: ({ acceptedLate, boundMs, longestMs, acceptedBefore, refusedAfter }) => [
    ...(acceptedLate === 0
      ? []
      : [
          `${acceptedLate} requests were taken more than ${boundMs} ms after a revocation, up to ${longestMs} ms`,
        ]),
    ...(acceptedBefore > 0 ? [] : ['something was refused before it was revoked']),
    ...(refusedAfter > 0 ? [] : ['something that was revoked was never refused']),
  ],
})

function delayOf(entries: readonly Entry[], atMs: number) {
  const accepted = entries.filter(({ status }) => status !== null && status < 300)
  const after = accepted.filter(({ sentMs }) => sentMs > atMs)
  const refused = entries.filter(({ status }) => status === 401 || status === 403)
  return {
    before: accepted.filter(({ endedMs }) => endedMs < atMs).length,
    refused: refused.filter(({ sentMs }) => sentMs > atMs).length,
    longestMs: Math.round(after.reduce((most, { sentMs }) => Math.max(most, sentMs - atMs), 0)),
    late: after.filter(({ sentMs }) => sentMs > atMs + revocationMs + clockSlackMs).length,
  }
}

/** The caller's own account, alone and as a step of another request. */
function usesOf(
  model: Model,
  name: string,
  headers: Readonly<Record<string, string>>,
): readonly Use[] {
  const operations = [...model.resources.keys()]
    .slice(0, 1)
    .map(resource => ({ operation: `${resource}.list` }))
  const me = { name, request: { path: '/auth/me', headers } }
  // A batch is refused as a whole where its caller is not known.
  const isToken = headers['authorization'] !== undefined
  return isToken
    ? [me, { name, request: { path: `${apiPath}/batch`, body: { operations }, headers } }]
    : [me]
}

async function signingOut({ model, service, random }: AttackContext): Promise<Revocation> {
  const name = 'sign-out'
  const session = await openByCookie(service, random, await service.callers.member(21))
  const request = { path: '/auth/sign-out', method: 'POST', headers: session.headers }
  return { name, uses: usesOf(model, name, session.headers), revoke: () => service.send(request) }
}

async function endingToken({ model, service, random }: AttackContext): Promise<Revocation> {
  const name = 'a token ended'
  const member = await service.callers.member(22)
  const session = await openByToken(service, random, member)
  const headers = await member.headers()
  const request = { path: `/auth/sessions/${session.id}`, method: 'DELETE', headers }
  return { name, uses: usesOf(model, name, session.headers), revoke: () => service.send(request) }
}

async function endingKey({ model, service }: AttackContext): Promise<Revocation> {
  const name = 'an API key ended'
  const member = await service.callers.member(23)
  const headers = await member.headers()
  const key = await openKey(service, { headers }, member)
  const request = { path: `/auth/api-keys/${key.id}`, method: 'DELETE', headers }
  return { name, uses: usesOf(model, name, key.headers), revoke: () => service.send(request) }
}

/** A role that opens something which members may not. */
async function takingRole({ model, service }: AttackContext): Promise<readonly Revocation[]> {
  const found = roleOperation(model)
  if (found === null) return []
  const { role, endpoint } = found
  const caller = await service.callers.withRole(role, 21)
  const input = await service.rows.input(endpoint.fields)
  const request = { ...requestFor(endpoint, '', input), headers: await caller.headers() }
  const name = `the role ${role} taken`
  const revoke = () => service.callers.takeRole(caller, role)
  return [{ name, uses: [{ name, request }], revoke }]
}

/** A read whose whole answer hangs on a role. */
function roleOperation(
  model: Model,
): { readonly role: string; readonly endpoint: Endpoint } | null {
  const actor = (roles: readonly string[]) => ({
    id: '00000000-0000-4000-8000-000000000001',
    roles,
  })
  const reads = endpointsOf(model).filter(({ form }) =>
    ['query', 'list', 'aggregate'].includes(form),
  )
  for (const role of model.identity?.roles ?? []) {
    const endpoint = reads.find(
      each =>
        endpointWish(model, each, actor([])) === null &&
        endpointWish(model, each, actor([role])) !== null,
    )
    if (endpoint !== undefined) return { role, endpoint }
  }
  return null
}
