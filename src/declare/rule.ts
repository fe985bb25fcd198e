/**
 * Rules of access as frozen data: what the words of `access.ts` make and what the SQL compiler
 * reads.
 */

/** How a filter compares; the same words on the wire, in repositories and in `where` rules. */
export const filterOperators = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'contains',
  'startsWith',
  'isNull',
] as const
export type FilterOperator = (typeof filterOperators)[number]

/** One comparison of a field of the row with a constant. */
export interface Condition {
  readonly field: string
  readonly operator: FilterOperator
  readonly value: unknown
}

export type RuleNode =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'signedIn' }
  | { readonly kind: 'nobody' }
  /** The reference `field` of the row (or its own `id`) is the caller. */
  | { readonly kind: 'owner'; readonly field: string }
  | { readonly kind: 'role'; readonly role: string }
  | { readonly kind: 'where'; readonly conditions: readonly Condition[] }
  /** Whoever may read the row that reference `field` names. */
  | { readonly kind: 'through'; readonly field: string }
  | { readonly kind: 'anyOf'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'allOf'; readonly rules: readonly RuleNode[] }
  | { readonly kind: 'not'; readonly rule: RuleNode }

/** The rules of one kind, in a form that a total record over the kinds can be called with. */
export type RuleOf<K extends RuleNode['kind'] = RuleNode['kind']> = {
  [P in K]: Extract<RuleNode, { kind: P }> & { readonly kind: P }
}[K]

/**
 * A rule that mentions the references `Refs` and the fields `Fields`; a row-free rule mentions
 * neither.
 */
export interface Rule<Refs extends string = never, Fields extends string = never> {
  readonly node: RuleNode
  /** Never present at run time: the field names that a rule mentions. */
  readonly '~names'?: { readonly refs: Refs; readonly fields: Fields }
}

export type AnyRule = Rule<string, string>
export type RefsOfRule<R extends AnyRule> = NonNullable<R['~names']>['refs']
export type FieldsOfRule<R extends AnyRule> = NonNullable<R['~names']>['fields']
