/** Declared commands, queries and hooks resolved into their models. */

import type { Command, Output } from '../declare/command.ts'
import type { DeclaredErrors } from '../declare/declared-error.ts'
import type { Hook, Hooked } from '../declare/hook.ts'
import type { Query } from '../declare/query.ts'
import type { Uses } from '../declare/repository.ts'
import type { Resource } from '../declare/resource.ts'
import type { Shape } from '../declare/field.ts'
import { buildFields } from './build-fields.ts'
import type { ShapeUse } from './build-fields.ts'
import { resolveRule } from './build-rules.ts'
import type { Reporter } from './diagnostics.ts'
import type {
  CommandModel,
  DeclaredErrorModel,
  FieldModel,
  HookModel,
  IdentityModel,
  OutputModel,
  QueryModel,
} from './model.ts'
import { camelCase, kebabCased } from './names.ts'
import { suggestion } from './suggest.ts'

/** What operations may refer to. */
export interface OperationScope {
  readonly parts: ReadonlySet<unknown>
  readonly resources: ReadonlySet<string>
  readonly identity: IdentityModel | null
}

export function buildCommand(
  part: string,
  declared: Command,
  scope: OperationScope,
  reporter: Reporter,
): CommandModel {
  return Object.freeze({
    kind: 'command',
    name: declared.name,
    part,
    input: buildShape(declared.input, 'input', scope, reporter.inside('input')),
    output: buildOutput(declared.output, scope, reporter.inside('output')),
    errors: buildErrors(declared.errors, scope, reporter.inside('errors')),
    access: resolveRule(
      declared.access,
      { ...scope, fields: null, ofIdentity: false },
      reporter.inside('access'),
    ),
    uses: buildUses(declared.uses, scope, reporter.inside('uses')),
    isolation: declared.isolation,
    run: declared.run,
  })
}

export function buildQuery(
  part: string,
  declared: Query,
  scope: OperationScope,
  reporter: Reporter,
): QueryModel {
  const output = buildShape(declared.output, 'output', scope, reporter.inside('output'))
  if (output.length === 0)
    reporter
      .inside('output')
      .report('option', 'there is nothing to answer', 'declare at least one field')
  return Object.freeze({
    kind: 'query',
    name: declared.name,
    part,
    input: buildShape(declared.input, 'query-input', scope, reporter.inside('input')),
    output,
    access: resolveRule(
      declared.access,
      { ...scope, fields: null, ofIdentity: false },
      reporter.inside('access'),
    ),
    sql: declared.sql,
  })
}

export function buildHook(declared: Hook, scope: OperationScope, reporter: Reporter): HookModel {
  if (!scope.parts.has(declared.on)) reportNotPart(declared.on.name, reporter.inside('on'))
  if (declared.before === null && declared.after === null) {
    reporter.report('option', 'the hook does nothing', 'give it before, after or both')
  }
  return Object.freeze({
    kind: 'hook',
    name: declared.name,
    operations: Object.freeze(operationNames(declared.on, declared)),
    uses: buildUses(declared.uses, scope, reporter.inside('uses')),
    errors: buildErrors(declared.errors, scope, reporter.inside('errors')),
    before: declared.before,
    after: declared.after,
  })
}

function operationNames(on: Hooked, { operations }: Hook): readonly string[] {
  return on.kind === 'resource' ? operations.map(operation => `${on.name}.${operation}`) : [on.name]
}

function buildShape(
  shape: Shape,
  use: ShapeUse,
  scope: OperationScope,
  reporter: Reporter,
): readonly FieldModel[] {
  const fields = buildFields(shape, use, reporter)
  checkTargets(fields, scope, reporter)
  return fields
}

function checkTargets(
  fields: readonly FieldModel[],
  scope: OperationScope,
  reporter: Reporter,
): void {
  for (const { name, target, members } of fields) {
    const place = name === '' ? reporter : reporter.inside(name)
    if (members !== null) checkTargets(members, scope, place)
    if (target === null || scope.resources.has(target)) continue
    place.report(
      'unknown-reference',
      `there is no resource ${JSON.stringify(target)}${suggestion(target, scope.resources)}`,
      'name a resource by its own name and add it to the parts of the backend',
    )
  }
}

function buildOutput(
  output: Output | null,
  scope: OperationScope,
  reporter: Reporter,
): OutputModel {
  if (output === null || output === undefined) return Object.freeze({ kind: 'none' })
  if (!isResource(output)) {
    return Object.freeze({ kind: 'object', fields: buildShape(output, 'output', scope, reporter) })
  }
  if (!scope.parts.has(output)) reportNotPart(output.name, reporter)
  return Object.freeze({ kind: 'resource', resource: output.name })
}

/** A shape may have a field named `kind`, but that is an object. */
function isResource(output: Resource | Shape): output is Resource {
  return output.kind === 'resource'
}

function buildUses(
  uses: Uses,
  scope: OperationScope,
  reporter: Reporter,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(uses).map(([alias, resource]) => {
      const place = reporter.inside(alias)
      if (alias === 'as')
        place.report(
          'name-reserved',
          'db.as() gives the repositories of a caller',
          'choose another name',
        )
      if (!scope.parts.has(resource)) reportNotPart(resource.name, place)
      return [alias, resource.name]
    }),
  )
}

function reportNotPart(name: string, reporter: Reporter): void {
  reporter.report(
    'unknown-part',
    `${JSON.stringify(name)} is not a part of the backend`,
    'add it to the parts of backend(), the same object that is used here',
  )
}

function buildErrors(
  errors: DeclaredErrors,
  scope: OperationScope,
  reporter: Reporter,
): ReadonlyMap<string, DeclaredErrorModel> {
  return new Map(
    Object.entries(errors).map(([name, { status, title, data = {} }]) => {
      const place = reporter.inside(name)
      checkError(name, status, title, place)
      const fields = buildShape(data, 'output', scope, place.inside('data'))
      return [name, Object.freeze({ name: kebabCased(name), status, title, data: fields })]
    }),
  )
}

function checkError(name: string, status: number, title: string, reporter: Reporter): void {
  if (!camelCase.test(name)) {
    reporter.report(
      'name-form',
      `${JSON.stringify(name)} is not in camelCase`,
      'begin with a small letter and use letters and digits only',
    )
  }
  if (!Number.isInteger(status) || status < 400 || status > 499) {
    reporter.report(
      'declared-error',
      `the status ${status} is not one of 400 to 499`,
      'use 409 for a conflict with the state, 422 for a bad input',
    )
  }
  if (title.trim() === '')
    reporter.report('declared-error', 'the title is empty', 'say in a few words what is wrong')
}
