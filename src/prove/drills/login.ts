/** Passwords are guessed from everywhere, accounts are felt for, what is stored is looked at. */

import { limits } from '../../base/limits.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { drill } from '../drill.ts'
import type { Reply } from '../http.ts'
import { anAddress } from '../sessions.ts'
import { medianOf, separation } from '../samples.ts'

const guesses = 120
/** Of those who guess at one account together. */
const addresses = 8
const atOnce = 16
const pairs = 40
/**
 * Two groups of times are told apart only where both say so: by rank (as a normal deviate, whose
 * chance is 1 in 2,000), and by medians, since a busy machine shifts single times.
 */
const deviateMax = 3.5
const ratioMax = 1.25

/** As OWASP ASVS 5.0, appendix C: passes, and the KiB of memory that they need. */
const memoryMin: readonly (readonly [passes: number, kib: number])[] = [
  [3, 12 * 1_024],
  [2, 19 * 1_024],
  [1, 46 * 1_024],
]

const common = [
  'password',
  '12345678',
  '123456789',
  'qwertyuiop',
  'iloveyou',
  'princess',
  'sunshine',
  'football',
  'baseball',
  'superman',
  'Password1',
  'trustno1',
  'letmein1',
  'passw0rd',
  '11111111',
  'abcd1234',
]

export default drill({
  id: 'login',
  group: 'security',
  promise: 'security.password',
  reach: 'burdens',
  claim: 'Guessing passwords is slowed down, tells nothing of accounts, and locks nobody out',
  explained: {
    does: 'guesses passwords of one account from one address, of one from many, of many from one; times answers with and without an account; tries weak, long and cut passwords; reads the stored parameters of Argon2id; counts guesses that were looked at against those that may be',
    bar: 'no more guesses are looked at than the stated waits allow, the owner is not locked out, times and answers do not tell accounts apart, and passwords are kept as OWASP asks',
    asks: 'users',
    seconds: 15,
  },
  needs: model => (model.identity === null ? 'this backend has no users' : null),
  async attack(context) {
    const { progress } = context
    progress('guessing from one address, from many, at many accounts')
    const guessed = await guessAll(context)
    progress('feeling for accounts by the time of the answer')
    const felt = await feel(context)
    progress('weak, long and cut passwords')
    const policy = await tryPolicy(context)
    const stored = await lookAtStored(context)
    return {
      attack: `${guessed.tried} guesses at once, ${pairs} pairs of answers timed, ${policy.tried} passwords tried as new`,
      size: guessed.tried + 2 * pairs + policy.tried,
      inFlight: null,
      figures: { ...guessed.figures, ...felt, ...policy.figures, ...stored },
    }
  },
  judge: figures => [
    ...(figures.lookedAt <= figures.lookedAtMost
      ? []
      : [`${figures.lookedAt} guesses were looked at, where ${figures.lookedAtMost} may be`]),
    ...(figures.lockedOut ? ['the owner of an account under attack cannot sign in'] : []),
    ...(figures.deviate > deviateMax && figures.timeRatio > ratioMax
      ? [`the time of an answer tells whether there is an account: ${figures.timeRatio} times`]
      : []),
    ...(figures.differentAnswers === 0 ? [] : ['the answer tells whether there is an account']),
    ...(figures.weakTaken === 0 ? [] : [`${figures.weakTaken} weak passwords were taken`]),
    ...(figures.goodRefused === 0 ? [] : [`${figures.goodRefused} good passwords were refused`]),
    ...(figures.cut === 0 ? [] : ['a password is cut before it is compared']),
    ...(figures.weaklyStored === 0 ? [] : [`${figures.weaklyStored} passwords are stored weakly`]),
  ],
})

function signIn(
  { service, random }: AttackContext,
  email: string | null,
  password: string,
  address = anAddress(random),
): Promise<Reply> {
  const headers = { 'x-forwarded-for': address }
  return service.send({ path: '/auth/token', body: { email, password }, headers })
}

/** Whether a password was compared: a guesser learns something from this alone. */
function wasLookedAt({ status }: Reply): boolean {
  return status === 401 || status === 200
}

/** What is free, and what the doubling waits have let through since the first. */
function allowed(free: number, elapsedMs: number): number {
  return free + Math.ceil(Math.log2(elapsedMs / limits.attemptDelayMs + 1)) + 1
}

interface Sprint {
  /** How many passwords may be looked at in that time. */
  readonly most: (elapsedMs: number) => number
  readonly sends: readonly (() => Promise<Reply>)[]
}

async function guessAll(context: AttackContext) {
  const { service, random } = context
  const victim = await service.callers.member(31)
  const other = await service.callers.member(32)
  const one = anAddress(random)
  const stuffer = anAddress(random)
  const many = Array.from({ length: addresses }, () => anAddress(random))
  const times = <T>(make: (at: number) => T) => Array.from({ length: guesses }, (_, at) => make(at))
  const sprints: readonly Sprint[] = [
    {
      most: elapsedMs => allowed(limits.attemptsFreeForPair, elapsedMs),
      sends: times(() => () => signIn(context, victim.email, random.word(12), one)),
    },
    {
      most: elapsedMs => allowed(limits.attemptsFreeForAddress, elapsedMs),
      sends: times(() => () => signIn(context, `${random.word(9)}@prove.example`, 'x', stuffer)),
    },
    {
      // Under attack every address is left an attempt now and then, so that nobody is locked out.
      most: elapsedMs =>
        limits.attemptsFreeForAccount +
        addresses * allowed(limits.attemptsFreeForPairUnderAttack, elapsedMs),
      sends: times(at => () => signIn(context, other.email, random.word(12), many[at % addresses])),
    },
  ]
  let [lookedAt, lookedAtMost, tried] = [0, 0, 0]
  for (const { most, sends } of sprints) {
    const startedMs = performance.now()
    const replies = await inTurns(sends)
    lookedAt += replies.filter(wasLookedAt).length
    lookedAtMost += Math.min(sends.length, most(performance.now() - startedMs))
    tried += sends.length
  }
  const owner = await signIn(context, other.email, other.password!)
  const lockedOut = owner.status !== 200
  return { tried, figures: { guesses: tried, lookedAt, lookedAtMost, lockedOut } }
}

async function inTurns(sends: readonly (() => Promise<Reply>)[]): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  for (let from = 0; from < sends.length; from += atOnce) {
    replies.push(...(await Promise.all(sends.slice(from, from + atOnce).map(send => send()))))
  }
  return replies
}

/** One after the other and in turns, so that whatever slows one kind down slows both. */
async function feel(context: AttackContext) {
  const { service, random } = context
  const member = await service.callers.member(33)
  const times = { known: [] as number[], unknown: [] as number[] }
  const answers = new Set<string>()
  for (let pair = 0; pair < pairs; pair++) {
    const emails = { known: member.email, unknown: `${random.word(10)}@prove.example` }
    for (const kind of random.shuffled(['known', 'unknown'] as const)) {
      const reply = await signIn(context, emails[kind], `${random.word(12)}-Guess`)
      times[kind].push(reply.endedMs - reply.sentMs)
      answers.add(JSON.stringify({ ...Object(reply.json), requestId: '' }))
    }
  }
  const medians = [medianOf(times.known), medianOf(times.unknown)].toSorted((a, b) => a - b)
  const timeRatio = Math.round((medians[1]! / medians[0]!) * 100) / 100
  const deviate = Math.round(Math.abs(separation(times.known, times.unknown)) * 10) / 10
  return { timeRatio, deviate, differentAnswers: answers.size - 1 }
}

async function tryPolicy(context: AttackContext) {
  const { service, random } = context
  const member = await service.callers.member(34)
  const weak = [...common, random.word(7), member.email!, member.email!.toUpperCase()]
  const weakTaken = await takenOf(context, member, member.password!, weak)
  const long = `${random.word(120)} \u00e9\u{1f511} ${random.word(60)}`
  const changes = [random.word(8), `${random.word(63)}-`, long]
  let current = member.password!
  let goodRefused = 0
  for (const next of changes) {
    const [taken] = await takenOf(context, member, current, [next])
    if (taken === undefined) goodRefused += 1
    else current = next
  }
  const cuts = [current.slice(0, 72), current.slice(0, -1), `${current.slice(0, -1)}~`]
  const replies = await Promise.all(cuts.map(text => signIn(context, member.email, text)))
  const whole = await signIn(context, member.email, current)
  const isWhole = whole.status === 200
  const cut = replies.filter(({ status }) => status === 200).length + (isWhole ? 0 : 1)
  const tried = weak.length + changes.length + cuts.length
  return { tried, figures: { weakTaken: weakTaken.length, goodRefused, cut } }
}

/** Those that were taken as a new password; after the first the others are not tried. */
async function takenOf(
  { service, random }: AttackContext,
  { email }: Caller,
  current: string,
  all: readonly string[],
): Promise<readonly string[]> {
  const origin = { 'x-forwarded-for': anAddress(random) }
  const body = { email, password: current }
  const opened = await service.send({ path: '/auth/token', body, headers: origin })
  const headers = { authorization: `Bearer ${Object(opened.json).accessToken}` }
  for (const next of all) {
    const from = { ...headers, 'x-forwarded-for': anAddress(random) }
    const reply = await service.send({
      path: '/auth/password',
      body: { current, next },
      headers: from,
    })
    if (reply.status === 204) return [next]
    if (reply.status !== 422)
      throw new Error(`a new password was answered ${reply.status} ${reply.text}`)
  }
  return []
}

async function lookAtStored({ service }: AttackContext) {
  const rows = await service.records.query('select "hash" from "mettle"."credentials"')
  const hashes = rows.map(([hash]) => String(hash))
  const salts = new Set(hashes.map(hash => hash.split('$')[4]))
  const weak = hashes.filter(hash => !isStrong(hash)).length
  return {
    stored: hashes.length,
    parameters: hashes[0]?.split('$').slice(1, 4).join(' ') ?? 'none',
    weaklyStored: weak + hashes.length - salts.size,
  }
}

function isStrong(hash: string): boolean {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$[\w+/]{22,}\$[\w+/]{43,}$/.exec(hash)
  const [memory, passes] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)]
  const needed = memoryMin.find(([least]) => passes >= least)?.[1] ?? Infinity
  return memory >= needed
}
