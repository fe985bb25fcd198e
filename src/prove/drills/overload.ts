/** More and more clients at once, up to ten times what a node serves, and back again. */

import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../base/limits.ts'
import type { AttackContext } from '../attack.ts'
import { drill, type Evidence } from '../drill.ts'
import { nowMs } from '../http.ts'
import { quantileMs } from '../latency.ts'
import type { Entry } from '../ledger.ts'
import type { ClientWork } from '../load/client.ts'
import { countedBy } from '../metrics.ts'
import { deedsOf, lacksDeed, prove, type Proven } from '../model/deeds.ts'
import { inputOf, type Recipe } from '../model/values.ts'
import type { Service } from '../service.ts'
import { timelineOf } from '../timeline.ts'

/** Enough to keep a node busy: ten times as many are more than it lets in at once. */
const clients = 240
const steps: readonly number[] = [1, 2, 5, 10, 1]
const most = Math.max(...steps)
const stepMsMin = 2_000
const stepMsMax = 8_000
/** How often a step has time for one request of everybody, at the pace of the machine just then. */
const roundsOfStep = 8
/** Clients that were refused come again when they were told to, or a little later. */
const restMsMin = 2_000
const restMsMax = 5_000
const lookMs = 100
const surgesMax = 2
/**
 * Of the best step. Not the four fifths of a node that has its machine to itself: here ten times
 * the clients take ten times as much of the same machine. One that sinks does next to nothing.
 */
const goodputPercentMin = 15
const recoveryMsMax = 5_000
/** A request that has its answer may be counted for a moment longer. */
const letInMax = limits.requestsInFlightMax * 1.05

interface Data {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly recipe: Recipe
  /** By the clock of `nowMs`: when the first step begins. */
  readonly beginMs: number
  readonly stepMs: number
}

/** Sends while it is its turn: in a step of twice the load, twice the clients do. */
const visitor: ClientWork<Data> = async ({ number, data, random, send, stopping }) => {
  const { path, headers, recipe, beginMs, stepMs } = data
  for (let turn = 0; !stopping(); turn++) {
    const step = Math.floor((nowMs() - beginMs) / stepMs)
    if (step >= steps.length) return
    if (number >= clients * (steps[step] ?? 0)) {
      await sleep(Math.max(1, beginMs + (step + 1) * stepMs - nowMs()))
      continue
    }
    const body = inputOf(recipe, number + turn * clients * most)
    const { outcome } = await send({ about: `${step}`, path, headers, body })
    if (outcome !== 'ok') await sleep(random.whole(restMsMin, restMsMax))
  }
}

export default drill({
  id: 'overload',
  group: 'exhaustion',
  promise: 'operate.shed',
  reach: 'burdens',
  claim: 'At ten times the load a node sheds what is too much, serves the rest, and comes back',
  explained: {
    does: 'lets ever more clients come at once, up to ten times what fills a node, and goes back; counts what is done, what is let in at once, refusals that do not say when to come again, and how long it takes to be as before',
    bar: 'work goes on at 15 % of the best step or more, refusals are 503 with `Retry-After`, and the node is as before within 5 s',
    asks: 'an operation that an account may call: a create, or a command',
    seconds: 15,
  },
  needs: lacksDeed,
  clients: { visitor },
  async attack(context) {
    const { open, model, progress } = context
    progress('starting a node of its own')
    const service = await open({}, 1)
    const deeds = deedsOf(model)
    const byCost = deeds.toSorted((left, right) => cost(right.kind) - cost(left.kind))
    const proven = await prove(service, model, byCost)
    const surges = [await surge(context, service, proven)]
    while (surges.length < surgesMax && surges.every(({ figures }) => isSlow(figures))) {
      surges.push(await surge(context, service, proven))
    }
    return together(surges)
  },
  judge: figures => [
    ...(figures.goodputPercent >= goodputPercentMin
      ? []
      : [`only ${figures.goodputPercent} % of what could be done was done`]),
    ...(figures.letInAtOnce <= letInMax
      ? []
      : [`${figures.letInAtOnce} requests were let in at once`]),
    ...(figures.otherAnswers === 0
      ? []
      : [`${figures.otherAnswers} answers were neither done nor 503 with Retry-After`]),
    ...(figures.doneAfterwards > 0 ? [] : ['nothing was done after the load had gone']),
    ...(figures.recoveryMs <= recoveryMsMax
      ? []
      : [`requests were refused for ${figures.recoveryMs} ms after the load had gone`]),
  ],
})

type Surge = Pace &
  Readonly<
    Record<
      'peakPerSecond' | 'letInAtOnce' | 'refused' | 'otherAnswers' | 'firstP99Ms' | 'admittedP99Ms',
      number
    >
  >

/** The pace is that of the best surge; what a node must never do counts in whichever it did it. */
export function together(
  surges: readonly Evidence<Surge>[],
): Evidence<Surge & { readonly surges: number }> {
  const all = surges.map(({ figures }) => figures)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
  const best = surges.toSorted(
    ({ figures: one }, { figures: other }) =>
      Number(isSlow(one)) - Number(isSlow(other)) || other.goodputPercent - one.goodputPercent,
  )[0]!
  return {
    ...best,
    size: sum(surges.map(({ size }) => size)),
    figures: {
      ...best.figures,
      surges: surges.length,
      letInAtOnce: Math.max(...all.map(({ letInAtOnce }) => letInAtOnce)),
      refused: sum(all.map(({ refused }) => refused)),
      otherAnswers: sum(all.map(({ otherAnswers }) => otherAnswers)),
    },
  }
}

/** Once up to ten times the load and back. */
async function surge(
  { load, progress }: AttackContext,
  service: Service,
  proven: Proven,
): Promise<Evidence<Surge>> {
  const { deed, caller, recipe } = proven
  const known = { path: deed.path, headers: await caller.headers(), recipe: await recipe() }
  const stepMs = await paceOf(service, proven)
  const beginMs = nowMs() + stepMs
  const data: Data = { ...known, beginMs, stepMs }
  const running = load(visitor, { clients: clients * most, data, on: service })
  const letIn = await watch(service, data, progress)
  await running.done
  const { entries } = running.ledger
  const at = (step: number) => entries.filter(({ about }) => about === `${step}`)
  const rates = steps.map((_, step) => perSecond(entries, beginMs + step * stepMs, stepMs))
  const peak = Math.max(...rates)
  const overMs = beginMs + steps.lastIndexOf(most) * stepMs + stepMs
  const refused = entries.filter(({ outcome }) => outcome !== 'ok')
  const late = refused.filter(({ sentMs }) => sentMs > overMs)
  const done = (step: number) => at(step).filter(({ outcome }) => outcome === 'ok')
  return {
    attack: `${deed.name} by ${steps.map(step => step * clients).join(', ')} clients at once, ${stepMs} ms each`,
    size: entries.length,
    inFlight: running.ledger.inFlightAt(overMs - stepMs / 2),
    figures: {
      peakPerSecond: peak,
      goodputPercent: Math.round((100 * rates[steps.indexOf(most)]!) / peak),
      letInAtOnce: letIn,
      refused: refused.length,
      otherAnswers: refused.filter(({ status, retryAfter }) => !isRefusal(status) || !retryAfter)
        .length,
      firstP99Ms: quantileMs(at(0), 0.99),
      admittedP99Ms: quantileMs(done(steps.indexOf(most)), 0.99),
      doneAfterwards: done(steps.length - 1).length,
      recoveryMs: Math.round(
        late.reduce((last, { endedMs }) => Math.max(last, endedMs), overMs) - overMs,
      ),
    },
    timeline: timelineOf(entries, [overMs - stepMs]),
  }
}

/** A node that sinks does so every time; what others took of the machine they give back. */
function isSlow({ goodputPercent, doneAfterwards, recoveryMs }: Pace): boolean {
  return !(goodputPercent >= goodputPercentMin && doneAfterwards > 0 && recoveryMs <= recoveryMsMax)
}

type Pace = Readonly<Record<'goodputPercent' | 'doneAfterwards' | 'recoveryMs', number>>

/** How long a step lasts: a busy machine needs longer for the same. */
async function paceOf(service: Service, { deed, caller, inputs }: Proven): Promise<number> {
  const headers = await caller.headers()
  const bodies = await inputs(clients)
  const fromMs = nowMs()
  await Promise.all(bodies.map(body => service.send({ path: deed.path, headers, body })))
  const roundMs = nowMs() - fromMs
  return Math.round(Math.min(stepMsMax, Math.max(stepMsMin, roundsOfStep * roundMs)))
}

/** What costs the node most is what clients can overload it with. */
function cost(kind: 'create' | 'command'): number {
  return kind === 'command' ? 1 : 0
}

function isRefusal(status: number | null): boolean {
  return status === 503 || status === 429
}

/** What was done in the step that begins then. */
function perSecond(entries: readonly Entry[], fromMs: number, stepMs: number): number {
  const done = entries.filter(
    ({ outcome, endedMs }) => outcome === 'ok' && endedMs > fromMs && endedMs < fromMs + stepMs,
  )
  return Math.round((done.length * 1_000) / stepMs)
}

/** Until the last step is over; resolves to the most requests that the node had let in at once. */
async function watch(
  { nodes }: Service,
  { beginMs, stepMs }: Data,
  progress: (text: string) => void,
): Promise<number> {
  let letIn = 0
  let shown = -1
  while (nowMs() < beginMs + steps.length * stepMs) {
    const step = Math.floor((nowMs() - beginMs) / stepMs)
    if (step > shown) progress(`${clients * (steps[step] ?? 0)} clients at once`)
    shown = Math.max(shown, step)
    letIn = Math.max(letIn, await countedBy(nodes, 'mettle_requests_in_flight'))
    await sleep(lookMs)
  }
  return letIn
}
