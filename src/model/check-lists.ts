/** Whether the rules of a resource let its list be read by an index, whoever asks. */

import type { Condition, RuleNode, RuleOf } from '../declare/rule.ts'
import type { Reporter } from './diagnostics.ts'
import type { ResourceModel } from './model.ts'

/**
 * How a rule narrows a list: by an index, by nothing (row-free: all rows or none), or by reading
 * and dropping rows.
 */
type Narrowing = 'index' | 'row-free' | Culprit

interface Culprit {
  readonly rule: RuleNode
}

/**
 * Owner and through have their reference's index; `where` needs one that begins with a field it
 * compares for equality. What the caller's roles settle is left out of the statement, so it needs
 * nothing.
 */
export function checkList(resource: ResourceModel, reporter: Reporter): void {
  const narrowing = narrowingOf(resource.access.read, resource)
  if (narrowing === 'index' || narrowing === 'row-free') return
  const { rule } = narrowing
  if (rule.kind === 'where') {
    // A misspelt name has its own mistake, and an index of it would be another.
    const known = new Set(resource.fields.map(({ name }) => name))
    if (rule.conditions.some(({ field }) => !known.has(field))) return
    const names = rule.conditions.filter(isEquality).map(({ field }) => field)
    reporter.report(
      'rule-without-index',
      `the list would read all rows to find those where ${rule.conditions.map(describe).join(' and ')}`,
      names.length === 0
        ? 'let the rule compare a field for equality and declare an index that begins with it'
        : `add indexes: [[${names.map(name => `'${name}'`).join(', ')}]]`,
    )
    return
  }
  reporter.report(
    'rule-without-index',
    'the list would read all rows to drop those that not() excludes',
    'combine it with a rule that finds rows: allOf(owner(...), not(...))',
  )
}

type Narrowings = {
  readonly [K in RuleNode['kind']]: (rule: RuleOf<K>, resource: ResourceModel) => Narrowing
}

const narrowings: Narrowings = {
  anyone: () => 'row-free',
  signedIn: () => 'row-free',
  nobody: () => 'row-free',
  role: () => 'row-free',
  owner: () => 'index',
  through: () => 'index',
  where: (rule, resource) => (hasIndex(rule.conditions, resource) ? 'index' : { rule }),
  not: (rule, resource) =>
    narrowingOf(rule.rule, resource) === 'row-free' ? 'row-free' : { rule },
  anyOf: (rule, resource) => worst(rule.rules.map(each => narrowingOf(each, resource))),
  allOf: (rule, resource) => best(rule.rules.map(each => narrowingOf(each, resource))),
}

function narrowingOf<K extends RuleNode['kind']>(
  rule: RuleOf<K>,
  resource: ResourceModel,
): Narrowing {
  return narrowings[rule.kind](rule, resource)
}

function worst(parts: readonly Narrowing[]): Narrowing {
  return (
    parts.find(part => typeof part === 'object') ?? (parts.includes('index') ? 'index' : 'row-free')
  )
}

function best(parts: readonly Narrowing[]): Narrowing {
  if (parts.includes('index')) return 'index'
  return parts.find(part => typeof part === 'object') ?? 'row-free'
}

function hasIndex(conditions: readonly Condition[], resource: ResourceModel): boolean {
  const equal = new Set(conditions.filter(isEquality).map(({ field }) => field))
  return resource.indexes.some(({ columns }) => equal.has(columns[0]?.field ?? ''))
}

function isEquality({ operator, value }: Condition): boolean {
  return operator === 'eq' || (operator === 'isNull' && value === true)
}

function describe({ field, operator, value }: Condition): string {
  return operator === 'eq'
    ? `${field} is ${String(value)}`
    : `${field} ${operator} ${String(value)}`
}
