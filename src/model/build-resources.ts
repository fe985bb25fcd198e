/** Declared resources resolved into resource models. */

import type { OperationKind, Resource } from '../declare/resource.ts'
import type { RuleNode } from '../declare/rule.ts'
import { buildFields } from './build-fields.ts'
import { buildIndexes } from './build-indexes.ts'
import { buildInverses } from './build-inverses.ts'
import { resolveRule } from './build-rules.ts'
import type { RuleScope } from './build-rules.ts'
import { checkList } from './check-lists.ts'
import { checkThroughCycles } from './check-cycles.ts'
import type { DeclaredResource } from './declared-part.ts'
import { Reporter } from './diagnostics.ts'
import type { FieldModel, IdentityModel, InverseModel, ResourceModel } from './model.ts'
import { identifierBytesMax, snakeCased } from './names.ts'
import { rowHeader } from './row-header.ts'
import { suggestion } from './suggest.ts'

/** Fields first, because rules, indexes and inverses look at those of other resources too. */
export function buildResources(
  resources: readonly DeclaredResource[],
  identity: IdentityModel | null,
): ReadonlyMap<string, ResourceModel> {
  const fields = new Map(resources.map(each => [each.declared.name, fieldsOf(each)]))
  for (const each of resources) checkReferences(each, fields)
  checkRenames(resources)
  const inverses = buildInverses(resources, fields)
  const models = new Map<string, ResourceModel>()
  for (const each of resources) {
    models.set(
      each.declared.name,
      buildResource(
        each,
        fields.get(each.declared.name) ?? new Map(),
        inverses.get(each.declared.name) ?? new Map(),
        identity,
      ),
    )
  }
  for (const { declared, reporter } of resources) {
    const model = models.get(declared.name)
    if (model === undefined) continue
    checkThroughCycles(model, models, reporter.inside('access', 'read'))
    checkList(model, reporter.inside('access', 'read'))
  }
  return models
}

type FieldsByName = ReadonlyMap<string, FieldModel>

function fieldsOf({ declared, reporter }: DeclaredResource): FieldsByName {
  const place = reporter.inside('fields')
  const { identity } = declared
  const own =
    identity === null
      ? buildFields(declared.fields, 'resource', place)
      : [...accountFields(declared), ...buildFields(identity.fields, 'identity', place)]
  return new Map([...rowHeader, ...own].map(field => [field.name, field]))
}

/** E-mail and roles: the engine's own, so there is nobody to report to. */
function accountFields({ fields: { email, roles } }: Resource): readonly FieldModel[] {
  if (email === undefined || roles === undefined) return []
  const built = buildFields({ email, roles }, 'identity-account', new Reporter([], null, ''))
  return built.map(field => Object.freeze({ ...field, readOnly: true }))
}

function checkReferences(
  { declared, reporter }: DeclaredResource,
  fields: ReadonlyMap<string, FieldsByName>,
): void {
  for (const field of fields.get(declared.name)?.values() ?? []) {
    if (field.target === null || fields.has(field.target)) continue
    reporter
      .inside('fields', field.name)
      .report(
        'unknown-reference',
        `there is no resource ${JSON.stringify(field.target)}${suggestion(field.target, fields.keys())}`,
        'name a resource by its own name and add it to the parts of the backend',
      )
  }
}

function checkRenames(resources: readonly DeclaredResource[]): void {
  const taken = new Set(resources.map(({ declared }) => declared.name))
  for (const { declared, reporter } of resources) {
    const { renamedFrom } = declared
    if (renamedFrom === null) continue
    if (taken.has(renamedFrom)) {
      reporter.report(
        'name-taken',
        `it cannot be renamed from ${JSON.stringify(renamedFrom)}, which is still there or renamed to another`,
        'leave renamedFrom out, or name the resource that is gone',
      )
    }
    taken.add(renamedFrom)
  }
}

function buildResource(
  { part, declared, reporter }: DeclaredResource,
  fields: FieldsByName,
  inverses: ReadonlyMap<string, InverseModel>,
  identity: IdentityModel | null,
): ResourceModel {
  const table = snakeCased(declared.name)
  if (Buffer.byteLength(table) > identifierBytesMax) {
    reporter.report(
      'name-length',
      `its table ${table} is longer than ${identifierBytesMax} bytes`,
      'choose a shorter name',
    )
  }
  const ofIdentity = declared.identity !== null
  if (ofIdentity) checkNoCreate(declared, reporter.inside('access', 'create'))
  const scope: RuleScope = { fields, ofIdentity, identity }
  const resolved = [...fields.values()].map(field => resolveFieldAccess(field, scope, reporter))
  return Object.freeze({
    kind: 'resource',
    name: declared.name,
    table,
    part,
    fields: Object.freeze(resolved),
    field: new Map(resolved.map(field => [field.name, field])),
    inverses,
    indexes: buildIndexes(declared, table, fields, reporter),
    access: resolveAccess(declared, scope, reporter.inside('access')),
    renamedFrom: declared.renamedFrom,
    identity: ofIdentity,
  })
}

/** A user without a password could never sign in, and CRUD takes none. */
function checkNoCreate({ access }: Resource, reporter: Reporter): void {
  if (access.create === undefined) return
  reporter.report(
    'option',
    'users are made by sign-up and by the command line, never by a create',
    "leave it out, and say signUp: 'open' to let anybody sign up",
  )
}

function resolveFieldAccess(field: FieldModel, scope: RuleScope, reporter: Reporter): FieldModel {
  const { read, write } = field.access
  if (read === null && write === null) return field
  const place = reporter.inside('fields', field.name, 'access')
  const resolve = (rule: RuleNode | null, word: string) =>
    rule === null ? null : resolveRule(rule, scope, place.inside(word))
  const access = Object.freeze({ read: resolve(read, 'read'), write: resolve(write, 'write') })
  return Object.freeze({ ...field, access })
}

const nobody: RuleNode = Object.freeze({ kind: 'nobody' })

function resolveAccess(
  declared: Resource,
  scope: RuleScope,
  reporter: Reporter,
): ResourceModel['access'] {
  const resolve = (operation: OperationKind) =>
    resolveRule(declared.access[operation] ?? nobody, scope, reporter.inside(operation))
  return Object.freeze({
    read: resolve('read'),
    create: resolve('create'),
    update: resolve('update'),
    delete: resolve('delete'),
  })
}
