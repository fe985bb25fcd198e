/** A residual rule as a condition on one row. */

import type { Condition, RuleNode, RuleOf } from '../declare/rule.ts'
import type { FieldModel, ResourceModel } from '../model/model.ts'
import { operatorsOf } from './condition.ts'
import {
  all,
  always,
  any,
  callerId,
  column,
  literal,
  name,
  never,
  raw,
  sql,
  type Fragment,
} from './fragment.ts'
import { constant, constants } from './kinds.ts'
import { parentOf, readResidual, type Residual, type Viewpoint } from './residual.ts'

/** The row that a rule is asked about. */
interface RuleRow {
  readonly resource: ResourceModel
  /** Of a relation that has the resource's columns by their names. */
  readonly alias: string
}

type Compilers = {
  readonly [K in RuleNode['kind']]: (
    rule: RuleOf<K>,
    viewpoint: Viewpoint,
    row: RuleRow,
  ) => Fragment
}

/** Kinds that a residual never holds. */
function rowFree(rule: RuleNode): never {
  throw new Error(`a rule of kind ${rule.kind} needs no row and is not part of a residual`)
}

const compilers: Compilers = {
  anyone: rowFree,
  nobody: rowFree,
  signedIn: rowFree,
  role: rowFree,
  owner: (rule, _, row) => sql`${fieldColumn(row, rule.field)} = ${callerId}`,
  where: (rule, _, row) =>
    all(
      rule.conditions.map(condition => {
        const field = row.resource.field.get(condition.field)!
        const { compare } = operatorsOf(field)[condition.operator]
        return compare(row.alias, field, operand(field, condition))
      }),
    ),
  through: (rule, viewpoint, row) => {
    const { parent, column: reference } = parentOf(viewpoint.model, row.resource, rule.field)
    const rest = readResidual(viewpoint, parent)
    if (rest === true) return sql`${column(row.alias, reference)} is not null`
    const alias = `${row.alias}p`
    // The offset is a fence: one look-up by key for each row, never a join that reads the whole
    // parent table.
    return sql`exists (select 1 from ${name(parent.table)} ${raw(alias)} where ${column(alias, 'id')} = ${column(
      row.alias,
      reference,
    )} and ${predicate(viewpoint, rest, { resource: parent, alias })} offset 0)`
  },
  anyOf: (rule, viewpoint, row) => any(rule.rules.map(part => predicate(viewpoint, part, row))),
  allOf: (rule, viewpoint, row) => all(rule.rules.map(part => predicate(viewpoint, part, row))),
  // Not `not`: a rule holds or does not, and a null on the way is "does not".
  not: (rule, viewpoint, row) => sql`(${predicate(viewpoint, rule.rule, row)}) is not true`,
}

/**
 * The condition under which the rule holds for the row. The caller's id is the slot `caller`;
 * constants of the rule stand in the text. May be null instead of false.
 */
export function predicate(viewpoint: Viewpoint, rule: Residual, row: RuleRow): Fragment {
  if (typeof rule === 'boolean') return rule ? always : never
  return compile(rule, viewpoint, row)
}

function compile<K extends RuleNode['kind']>(
  rule: RuleOf<K>,
  viewpoint: Viewpoint,
  row: RuleRow,
): Fragment {
  return compilers[rule.kind](rule, viewpoint, row)
}

function fieldColumn(row: RuleRow, field: string): Fragment {
  return column(row.alias, row.resource.field.get(field)!.column)
}

function operand(field: FieldModel, condition: Condition): Fragment {
  const { operator, value } = condition
  if (operator === 'isNull') return literal(String(value), 'bool')
  if (operator === 'in') return constants(field, Array.isArray(value) ? value : [value])
  return constant(field, value)
}
