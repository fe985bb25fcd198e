/**
 * Rules of access resolved against the resources: names checked, constants turned into driver
 * values.
 */

import { suggestion } from './suggest.ts'
import type { Condition, RuleNode, RuleOf } from '../declare/rule.ts'
import type { Reporter } from './diagnostics.ts'
import { Faults } from './faults.ts'
import { frozen } from './frozen.ts'
import { readFilter } from './filter.ts'
import type { FieldModel, IdentityModel } from './model.ts'

/** What a rule may speak of. */
export interface RuleScope {
  /** The fields of the row; null for a command or query, which has none. */
  readonly fields: ReadonlyMap<string, FieldModel> | null
  /** Whether the row is a user. */
  readonly ofIdentity: boolean
  readonly identity: IdentityModel | null
}

type Resolvers = {
  readonly [K in RuleNode['kind']]: (
    rule: RuleOf<K>,
    scope: RuleScope,
    reporter: Reporter,
  ) => RuleNode
}

const resolvers: Resolvers = {
  anyone: node => node,
  nobody: node => node,
  signedIn(node, scope, reporter) {
    needsIdentity('signedIn', scope, reporter)
    return node
  },
  role(node, scope, reporter) {
    if (needsIdentity(`role(${JSON.stringify(node.role)})`, scope, reporter)) {
      checkRole(node.role, scope.identity?.roles ?? [], reporter)
    }
    return node
  },
  owner(node, scope, reporter) {
    if (needsIdentity(`owner(${JSON.stringify(node.field)})`, scope, reporter))
      checkOwner(node.field, scope, reporter)
    return node
  },
  through(node, scope, reporter) {
    checkReference('through', node.field, scope, reporter)
    return node
  },
  where(node, scope, reporter) {
    if (scope.fields === null) return needsRow('where', node, reporter)
    const { fields } = scope
    if (node.conditions.length === 0)
      reporter.report('rule', 'where() has no condition', 'name at least one field')
    return {
      kind: 'where',
      conditions: Object.freeze(
        node.conditions.map(each => resolveCondition(each, fields, reporter)),
      ),
    }
  },
  anyOf: (node, scope, reporter) => ({
    kind: 'anyOf',
    rules: resolveAll(node.rules, 'anyOf', scope, reporter),
  }),
  allOf: (node, scope, reporter) => ({
    kind: 'allOf',
    rules: resolveAll(node.rules, 'allOf', scope, reporter),
  }),
  not: (node, scope, reporter) => ({ kind: 'not', rule: resolveRule(node.rule, scope, reporter) }),
}

/** Reports what the rule names wrongly. */
export function resolveRule<K extends RuleNode['kind']>(
  rule: RuleOf<K>,
  scope: RuleScope,
  reporter: Reporter,
): RuleNode {
  return Object.freeze(resolvers[rule.kind](rule, scope, reporter))
}

function resolveAll(
  rules: readonly RuleNode[],
  word: string,
  scope: RuleScope,
  reporter: Reporter,
): readonly RuleNode[] {
  if (rules.length === 0)
    reporter.report('rule', `${word}() has no rule`, 'give at least one rule, or write nobody')
  return Object.freeze(rules.map(rule => resolveRule(rule, scope, reporter)))
}

function needsIdentity(word: string, scope: RuleScope, reporter: Reporter): boolean {
  if (scope.identity !== null) return true
  reporter.report(
    'no-identity',
    `${word} speaks of users, but the backend has no identity`,
    'add users = identity({ ... }) to the parts',
  )
  return false
}

function needsRow(word: string, node: RuleNode, reporter: Reporter): RuleNode {
  reporter.report(
    'rule-needs-row',
    `${word} needs a row, but a command or query has none before it runs`,
    'use anyone, signedIn or role here and check rows inside, or through db.as(caller)',
  )
  return node
}

function checkRole(role: string, roles: readonly string[], reporter: Reporter): void {
  if (roles.includes(role)) return
  reporter.report(
    'unknown-role',
    `the identity declares no role ${JSON.stringify(role)}${suggestion(role, roles)}`,
    `use one of ${roles.join(', ') || '(none declared)'}, or add it to the roles of the identity`,
  )
}

function checkOwner(name: string, scope: RuleScope, reporter: Reporter): void {
  if (name === 'id') {
    if (scope.fields !== null && scope.ofIdentity) return
    reporter.report(
      'rule',
      "owner('id') means that the row is the caller, but these rows are not users",
      'name the reference to the user',
    )
    return
  }
  const field = checkReference('owner', name, scope, reporter)
  if (field === null || field.target === scope.identity?.resource) return
  reporter.report(
    'rule',
    `owner(${JSON.stringify(name)}) must name a reference to ${scope.identity?.resource}, but ${name} refers to ${field.target}`,
    `name a reference to ${scope.identity?.resource}, or use through(${JSON.stringify(name)})`,
  )
}

function checkReference(
  word: string,
  name: string,
  scope: RuleScope,
  reporter: Reporter,
): FieldModel | null {
  if (scope.fields === null) {
    needsRow(word, { kind: 'nobody' }, reporter)
    return null
  }
  const field = scope.fields.get(name)
  const references = [...scope.fields.values()]
    .filter(each => each.kind === 'ref')
    .map(each => each.name)
  const hint =
    references.length === 0
      ? 'add a reference to the fields'
      : `use one of ${references.join(', ')}`
  if (field === undefined) {
    reporter.report(
      'unknown-field',
      `${word}(${JSON.stringify(name)}) names no field${suggestion(name, references)}`,
      hint,
    )
    return null
  }
  if (field.kind !== 'ref') {
    reporter.report(
      'rule',
      `${word}(${JSON.stringify(name)}) must name a reference, but ${name} is ${article(field.kind)}`,
      hint,
    )
    return null
  }
  return field
}

function resolveCondition(
  condition: Condition,
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): Condition {
  const field = fields.get(condition.field)
  if (field === undefined) {
    const near = suggestion(condition.field, fields.keys())
    reporter.report(
      'unknown-field',
      `where() names no field ${JSON.stringify(condition.field)}${near}`,
      `use some of ${[...fields.keys()].join(', ')}`,
    )
    return condition
  }
  const faults = new Faults('body')
  const value = readFilter('store', field, condition.operator, condition.value, '', faults)
  for (const fault of faults.list) {
    reporter.report(
      'rule',
      `where(): ${field.name} ${fault.detail}`,
      'compare as the field can be compared, with a value that it would take',
    )
  }
  return frozen({ ...condition, value })
}

/** `an integer`, `a text`. */
export function article(noun: string): string {
  return `${/^[aeio]/.test(noun) ? 'an' : 'a'} ${noun}`
}
