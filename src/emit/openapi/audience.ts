/** Rules of access in words, for whoever reads the description of an operation. */

import type { RuleNode, RuleOf } from '../../declare/rule.ts'

/** A sentence: ``Open to role `staff`, or the user whom `customer` names.`` */
export function audienceOf(rule: RuleNode): string {
  return `Open to ${inWords(rule)}.`
}

function inWords<K extends RuleNode['kind']>(rule: RuleOf<K>): string {
  return words[rule.kind](rule)
}

/** Of conditions nothing is told: they may be about what the reader may not see. */
const words: { readonly [K in RuleNode['kind']]: (rule: RuleOf<K>) => string } = {
  anyone: () => 'everybody',
  signedIn: () => 'whoever has signed in',
  nobody: () => 'nobody',
  owner: ({ field }) =>
    field === 'id' ? 'the user who is the row' : `the user whom \`${field}\` names`,
  role: ({ role }) => `role \`${role}\``,
  where: () => 'everybody for some of the rows',
  through: ({ field }) => `whoever may read the row that \`${field}\` names`,
  anyOf: ({ rules }) => rules.map(inWords).join(', or '),
  allOf: ({ rules }) => rules.map(inWords).join(' who is also '),
  not: ({ rule }) => `all but ${inWords(rule)}`,
}
