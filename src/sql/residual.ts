/** What remains of a rule of access once everything that needs no row is known. */

import type { Caller } from '../base/caller.ts'
import type { RuleNode, RuleOf } from '../declare/rule.ts'
import type { FieldModel, Model, ResourceModel } from '../model/model.ts'

/**
 * `true` and `false` are final; a rule holds only `owner`, `where`, `through`, `anyOf`, `allOf` and
 * `not`.
 */
export type Residual = boolean | RuleNode

/**
 * Through whose eyes a statement is compiled. Only kind and roles of the caller may decide about
 * its text.
 */
export interface Viewpoint {
  readonly model: Model
  readonly caller: Caller
}

type ThroughResolver = (rule: RuleOf<'through'>) => Residual

type Evaluators = {
  readonly [K in RuleNode['kind']]: (
    rule: RuleOf<K>,
    caller: Caller,
    resolve: ThroughResolver,
  ) => Residual
}

const evaluators: Evaluators = {
  anyone: () => true,
  nobody: () => false,
  signedIn: (_, caller) => caller.kind === 'user',
  role: (rule, caller) => caller.kind === 'user' && caller.roles.includes(rule.role),
  owner: (rule, caller) => (caller.kind === 'user' ? rule : false),
  where: rule => (rule.conditions.length === 0 ? true : rule),
  through: (rule, _, resolve) => resolve(rule),
  anyOf: (rule, caller, resolve) => anyOf(rule.rules.map(part => evaluate(part, caller, resolve))),
  allOf: (rule, caller, resolve) => allOf(rule.rules.map(part => evaluate(part, caller, resolve))),
  not: (rule, caller, resolve) => {
    const inner = evaluate(rule.rule, caller, resolve)
    return typeof inner === 'boolean' ? !inner : { kind: 'not', rule: inner }
  },
}

function evaluate<K extends RuleNode['kind']>(
  rule: RuleOf<K>,
  caller: Caller,
  resolve: ThroughResolver,
): Residual {
  return evaluators[rule.kind](rule, caller, resolve)
}

function anyOf(parts: readonly Residual[]): Residual {
  if (parts.includes(true)) return true
  const rules = parts.filter(part => typeof part !== 'boolean')
  if (rules.length === 0) return false
  return rules.length === 1 ? rules[0]! : { kind: 'anyOf', rules }
}

function allOf(parts: readonly Residual[]): Residual {
  if (parts.includes(false)) return false
  const rules = parts.filter(part => typeof part !== 'boolean')
  if (rules.length === 0) return true
  return rules.length === 1 ? rules[0]! : { kind: 'allOf', rules }
}

/**
 * Evaluates the terms that need neither row nor model; `through` remains. The system may do
 * everything.
 */
export function residual(rule: RuleNode, caller: Caller): Residual {
  return caller.kind === 'system' ? true : evaluate(rule, caller, through => through)
}

/**
 * The same for a rule on rows of `resource`: `through` is decided where the parent's rule needs no
 * row. `implied` are reference fields whose row is known to be readable.
 */
export function rowResidual(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  rule: RuleNode,
  implied: readonly string[] = [],
): Residual {
  if (viewpoint.caller.kind === 'system') return true
  return evaluate(rule, viewpoint.caller, through => {
    if (implied.includes(through.field)) return true
    const { parent, optional } = parentOf(viewpoint.model, resource, through.field)
    const rest = readResidual(viewpoint, parent)
    // An empty optional reference names no row, so its row is nobody's to read: that needs the row.
    return rest === false ? false : rest === true && !optional ? true : through
  })
}

/** Whether the rule asks other rows than the one that it is about. */
export function looksAtOthers(rest: Residual): boolean {
  if (typeof rest === 'boolean') return false
  if (rest.kind === 'not') return looksAtOthers(rest.rule)
  if (rest.kind === 'anyOf' || rest.kind === 'allOf') return rest.rules.some(looksAtOthers)
  return rest.kind === 'through'
}

/** Whether the caller may write the field of no row, whichever it is. */
export function isWithheld(field: FieldModel, caller: Caller): boolean {
  return field.access.write !== null && residual(field.access.write, caller) === false
}

/** Which rows of the resource the caller may read. */
export function readResidual(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  implied: readonly string[] = [],
): Residual {
  return rowResidual(viewpoint, resource, resource.access.read, implied)
}

/**
 * The resource that a reference field names. The model is checked, so a miss is a fault of ours.
 */
export function parentOf(
  model: Model,
  resource: ResourceModel,
  field: string,
): { readonly parent: ResourceModel; readonly column: string; readonly optional: boolean } {
  const reference = resource.field.get(field)
  const parent = model.resources.get(reference?.target ?? '')
  if (reference === undefined || parent === undefined) {
    throw new Error(`${resource.name}.${field} is not a reference to a resource of the model`)
  }
  return { parent, column: reference.column, optional: reference.optional }
}
