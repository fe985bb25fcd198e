/** Declared limits resolved: durations in seconds, names of operations that there are. */

import { limits } from '../base/limits.ts'
import type { LimitDefinition, Limits } from '../declare/limit.ts'
import type { Reporter } from './diagnostics.ts'
import type { LimitModel, Model } from './model.ts'
import { kebabCase } from './names.ts'
import { suggestion } from './suggest.ts'

type Parts = Pick<Model, 'resources' | 'commands' | 'queries' | 'identity'>

/** What holds where nothing is declared. */
const standing = {
  default: { by: 'caller', quota: limits.rateQuota },
  /** What looks at a password costs a hash, whoever asks. */
  authentication: { by: 'address', quota: limits.rateAuthenticationQuota },
} as const

/** The declared policies, `default` and `authentication` first. */
export function buildLimits(
  declared: Limits,
  parts: Parts,
  backend: Reporter,
): readonly LimitModel[] {
  const reporter = backend.inside('limits')
  const names = new Set([...Object.keys(standing), ...Object.keys(declared)])
  if (names.size > limits.ratePoliciesMax) {
    reporter.report(
      'option',
      `${names.size} policies are more than ${limits.ratePoliciesMax}`,
      'let several operations share one, by `on`',
    )
  }
  const operationNames = namesOf(parts)
  const built = [...names].map(name => {
    const definition = declared[name]
    if (definition === undefined) return standingPolicy(name)
    const inside = reporter.inside(name)
    if (definition.by === 'key' && parts.identity === null) reportNoKeys(inside.inside('by'))
    return buildLimit(name, definition, operationNames, inside)
  })
  return Object.freeze(built)
}

function isStanding(name: string): name is keyof typeof standing {
  return Object.hasOwn(standing, name)
}

function standingPolicy(name: string): LimitModel {
  if (!isStanding(name)) throw new Error(`no policy ${name} is declared`)
  const windowSeconds = limits.rateWindowSeconds
  return Object.freeze({ name, ...standing[name], windowSeconds, operations: null })
}

function buildLimit(
  name: string,
  definition: LimitDefinition,
  operationNames: ReadonlySet<string>,
  reporter: Reporter,
): LimitModel {
  const { quota, per, by, on } = definition
  checkName(name, reporter)
  if (isStanding(name)) checkStanding(name, definition, reporter)
  const windowSeconds = secondsOf(per, reporter.inside('per'))
  checkQuota(quota, windowSeconds, per, reporter.inside('quota'))
  if (on !== undefined) checkOperations(on, operationNames, reporter.inside('on'))
  return Object.freeze({
    name,
    by: by ?? (isStanding(name) ? standing[name].by : 'caller'),
    quota,
    windowSeconds,
    operations: on === undefined ? null : new Set(on),
  })
}

function reportNoKeys(reporter: Reporter): void {
  reporter.report(
    'option',
    'nobody has an API key, because this backend has no users',
    "declare an identity, or count by 'caller' or 'address'",
  )
}

function checkName(name: string, reporter: Reporter): void {
  if (kebabCase.test(name) && name.length <= limits.rateNameCharsMax) return
  reporter.report(
    'name-form',
    `the name ${JSON.stringify(name)} is not in kebab-case, or too long`,
    `write small letters and digits, words joined by '-', at most ${limits.rateNameCharsMax}`,
  )
}

/** Both are what they are called: only how many requests and in what time can be said otherwise. */
function checkStanding(
  name: keyof typeof standing,
  { by, on }: LimitDefinition,
  reporter: Reporter,
): void {
  const own = standing[name].by
  if ((by ?? own) === own && on === undefined) return
  reporter.report(
    'option',
    `${JSON.stringify(name)} counts by ${own}, and what it counts is not a choice`,
    'declare quota and per only, or give the policy another name',
  )
}

const secondsOfUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

function secondsOf(per: string, reporter: Reporter): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,9})([smhd])$/.exec(per) ?? []
  const seconds = Number(count) * (secondsOfUnit[unit] ?? 0)
  if (seconds > 0 && seconds <= limits.rateWindowSecondsMax) return seconds
  const days = limits.rateWindowSecondsMax / secondsOfUnit['d']!
  reporter.report(
    'option',
    `${JSON.stringify(per)} is no time from 1 second to ${days} days`,
    "write a whole number and its unit, such as '10s', '1m', '12h' or '1d'",
  )
  return limits.rateWindowSeconds
}

/** Levels count thousandths of a request for each second, and a double must hold them exactly. */
export function quotaMost(windowSeconds: number): number {
  return Math.floor(Number.MAX_SAFE_INTEGER / 1_000 / windowSeconds)
}

function checkQuota(quota: number, windowSeconds: number, per: string, reporter: Reporter): void {
  const most = quotaMost(windowSeconds)
  if (Number.isInteger(quota) && quota >= 1 && quota <= most) return
  reporter.report(
    'option',
    `${quota} requests in ${per} cannot be counted`,
    `give a whole number from 1 to ${most}`,
  )
}

function checkOperations(
  on: readonly string[],
  operationNames: ReadonlySet<string>,
  reporter: Reporter,
): void {
  if (on.length === 0) {
    reporter.report('option', 'the limit is on nothing', 'name an operation, or leave `on` out')
  }
  for (const name of on) {
    if (operationNames.has(name)) continue
    reporter.report(
      'unknown-part',
      `there is no operation ${JSON.stringify(name)}${suggestion(name, operationNames)}`,
      "name a command, a query, a resource or one of its operations, such as 'products.create'",
    )
  }
}

const ofResource = ['list', 'read', 'create', 'replace', 'update', 'delete'] as const

function namesOf({ resources, commands, queries }: Parts): ReadonlySet<string> {
  const names = [...resources.keys()].flatMap(name => [
    name,
    ...ofResource.map(operation => `${name}.${operation}`),
  ])
  return new Set([...names, ...commands.keys(), ...queries.keys()])
}
