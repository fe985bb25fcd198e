/** What callers do with the rows of a resource, and which of its rules decides about it. */

export const rowOperations = [
  'list',
  'aggregate',
  'read',
  'create',
  'replace',
  'update',
  'delete',
] as const

export type RowOperation = (typeof rowOperations)[number]

export const ruleOf = {
  list: 'read',
  aggregate: 'read',
  read: 'read',
  create: 'create',
  replace: 'update',
  update: 'update',
  delete: 'delete',
} as const satisfies Readonly<Record<RowOperation, string>>
