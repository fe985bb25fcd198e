/** The words for rules of access. */

import { toConditions } from './conditions.ts'
import type { AnyRule, FieldsOfRule, RefsOfRule, Rule, RuleNode } from './rule.ts'

function rule(node: RuleNode): { readonly node: RuleNode } {
  return Object.freeze({ node: Object.freeze(node) })
}

function nodesOf(rules: readonly AnyRule[]): readonly RuleNode[] {
  return Object.freeze(rules.map(nodeOf))
}

/** Nonsense has none; the word that is given the whole rule tells it. */
function nodeOf(each: AnyRule): RuleNode {
  return each?.node
}

const anyone: Rule = rule({ kind: 'anyone' })
const signedIn: Rule = rule({ kind: 'signedIn' })
const nobody: Rule = rule({ kind: 'nobody' })

export const access = Object.freeze({
  /** Everybody, signed in or not. */
  anyone,
  /** Whoever has signed in. */
  signedIn,
  /** No caller; commands still can. What is not declared is this. */
  nobody,

  /**
   * The caller that the row's reference names; `owner('id')` on the identity is the user himself.
   */
  owner<const Name extends string>(field: Name): Rule<Name> {
    return rule({ kind: 'owner', field })
  },

  /** Whoever has the role; the identity declares the roles that exist. */
  role(name: string): Rule {
    return rule({ kind: 'role', role: name })
  },

  /** Rows for which the conditions hold, whoever asks. */
  where<const Filter extends Readonly<Record<string, unknown>>>(
    filter: Filter,
  ): Rule<never, keyof Filter & string> {
    return rule({ kind: 'where', conditions: toConditions(filter) })
  },

  /** Whoever may read the row that the reference names. */
  through<const Name extends string>(field: Name): Rule<Name> {
    return rule({ kind: 'through', field })
  },

  anyOf<const Rules extends readonly AnyRule[]>(
    ...rules: Rules
  ): Rule<RefsOfRule<Rules[number]>, FieldsOfRule<Rules[number]>> {
    return rule({ kind: 'anyOf', rules: nodesOf(rules) })
  },

  allOf<const Rules extends readonly AnyRule[]>(
    ...rules: Rules
  ): Rule<RefsOfRule<Rules[number]>, FieldsOfRule<Rules[number]>> {
    return rule({ kind: 'allOf', rules: nodesOf(rules) })
  },

  not<const Refs extends string = never, const Fields extends string = never>(
    inner: Rule<Refs, Fields>,
  ): Rule<Refs, Fields> {
    return rule({ kind: 'not', rule: nodeOf(inner) })
  },
})
