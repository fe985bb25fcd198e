/** Checks and resolves a declaration into one frozen Model. */

import type { Backend } from '../declare/backend.ts'
import { buildCommand, buildHook, buildQuery } from './build-operations.ts'
import type { OperationScope } from './build-operations.ts'
import { buildLimits } from './build-limits.ts'
import { buildResources } from './build-resources.ts'
import { isDeclaredResource } from './declared-part.ts'
import type { DeclaredPart } from './declared-part.ts'
import { DeclarationError, Reporter } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { epochOf } from './epoch.ts'
import type { CommandModel, HookModel, IdentityModel, Model, QueryModel } from './model.ts'
import { diagnosticsOf } from './mistakes.ts'
import { camelCase, kebabCase, reservedPaths } from './names.ts'

/** Throws a `DeclarationError` that lists every mistake. */
export function buildModel(declaration: Backend): Model {
  checkForms(declaration)
  const found: Diagnostic[] = []
  const whole = new Reporter(found, declaration.declaredAt, 'backend')
  if (!kebabCase.test(declaration.name)) reportNotKebab(declaration.name, whole)
  const parts = Object.entries(declaration.parts).map(([part, declared]) => ({
    part,
    declared,
    reporter: new Reporter(found, declared.declaredAt, part),
  }))
  checkNames(parts)
  const identity = findIdentity(parts)
  const declaredResources = parts.filter(isDeclaredResource)
  const resources = buildResources(declaredResources, identity)
  const scope: OperationScope = {
    parts: new Set(Object.values(declaration.parts)),
    resources: new Set(declaredResources.map(({ declared }) => declared.name)),
    identity,
  }
  const operations = buildOperations(parts, scope)
  const limits = buildLimits(declaration.limits, { resources, identity, ...operations }, whole)
  throwIfAny(found, declaration)
  return Object.freeze({
    name: declaration.name,
    resources,
    ...operations,
    limits,
    identity,
    epoch: epochOf(resources),
    wire: declaration.wire,
  })
}

/** First of all: what could not be read as it was meant would only lead to more mistakes. */
function checkForms(declaration: Backend): void {
  const parts = Object.entries(declaration.parts)
  const found = [
    ...diagnosticsOf('backend', declaration),
    ...parts.flatMap(([part, declared]) => diagnosticsOf(part, declared)),
  ]
  throwIfAny(found, declaration)
}

function throwIfAny(found: readonly Diagnostic[], { name }: Backend): void {
  if (found.length === 0) return
  throw new DeclarationError(
    `the declaration of backend ${JSON.stringify(name)}`,
    Object.freeze(found),
  )
}

function buildOperations(
  parts: readonly DeclaredPart[],
  scope: OperationScope,
): Pick<Model, 'commands' | 'queries' | 'hooks'> {
  const commands = new Map<string, CommandModel>()
  const queries = new Map<string, QueryModel>()
  const hooks: HookModel[] = []
  for (const { part, declared, reporter } of parts) {
    if (declared.kind === 'command') {
      commands.set(declared.name, buildCommand(part, declared, scope, reporter))
    } else if (declared.kind === 'query') {
      queries.set(declared.name, buildQuery(part, declared, scope, reporter))
    } else if (declared.kind === 'hook') {
      hooks.push(buildHook(declared, scope, reporter))
    }
  }
  return { commands, queries, hooks: Object.freeze(hooks) }
}

/** Resources, commands and queries share the paths under `/api/v1/`; hooks have none. */
function checkNames(parts: readonly DeclaredPart[]): void {
  const taken = new Map<string, string>()
  for (const { part, declared, reporter } of parts) {
    const { name, kind } = declared
    if (!camelCase.test(part)) {
      reporter.report(
        'name-form',
        `${JSON.stringify(part)} is not in camelCase`,
        'name parts as JavaScript variables',
      )
    }
    if (!kebabCase.test(name)) reportNotKebab(name, reporter)
    const key = kind === 'hook' ? `hook ${name}` : name
    const other = taken.get(key)
    if (other !== undefined) {
      reporter.report(
        'name-taken',
        `the name ${JSON.stringify(name)} is that of ${other} too`,
        'rename one of the two',
      )
    } else taken.set(key, part)
    if (kind !== 'hook' && reservedPaths.has(name)) {
      reporter.report(
        'name-reserved',
        `the path /api/v1/${name} is kept for the engine`,
        'choose another name',
      )
    }
  }
}

function reportNotKebab(name: string, reporter: Reporter): void {
  reporter.report(
    'name-form',
    `the name ${JSON.stringify(name)} is not in kebab-case`,
    "write small letters and digits, words joined by '-', such as 'order-lines'",
  )
}

function findIdentity(parts: readonly DeclaredPart[]): IdentityModel | null {
  let identity: IdentityModel | null = null
  for (const { declared, reporter } of parts) {
    if (declared.kind !== 'resource' || declared.identity === null) continue
    if (identity !== null) {
      reporter.report('name-taken', 'a backend has one identity', 'tell users apart by roles')
      continue
    }
    const { signUp, roles } = declared.identity
    checkRoles(roles, reporter.inside('roles'))
    identity = Object.freeze({ resource: declared.name, signUp, roles })
  }
  return identity
}

function checkRoles(roles: readonly string[], reporter: Reporter): void {
  for (const role of roles) {
    if (!kebabCase.test(role)) reportNotKebab(role, reporter)
  }
  const twice = roles.find((role, at) => roles.indexOf(role) !== at)
  if (twice !== undefined) {
    const message = `the role ${JSON.stringify(twice)} stands twice`
    reporter.report('name-taken', message, 'name each role once')
  }
}
