/** Steps that bring the columns of an existing table to what the model wants. */

import { quoteName } from '../base/quote.ts'
import { camelCased } from '../model/names.ts'
import { constraintName } from './names.ts'
import { alterTable, columnDefinition } from './statements.ts'
import { step } from './step.ts'
import { judgeTypeChange } from './type-change.ts'
import type { Step } from './step.ts'
import type { Column, Table } from './table.ts'

/**
 * Columns to add and to change; those that nobody wants any more go last of all, see `dropColumns`.
 */
export function compareColumns(want: Table, have: Table): readonly Step[] {
  return want.columns.flatMap(column => {
    const existing = have.columns.find(({ name }) => name === column.name)
    if (existing === undefined) return [addColumn(want.name, column)]
    return [
      ...changeType(want.name, column, existing),
      ...changeRequired(want.name, column, existing),
    ]
  })
}

/** In a table that is not ours a column that we do not know is somebody else's. */
export function dropColumns(want: Table, have: Table): readonly Step[] {
  if (!have.owned) return []
  return have.columns
    .filter(column => !want.columns.some(({ name }) => name === column.name))
    .map(column =>
      step({
        name: `drop column ${want.name}.${column.name}`,
        kind: 'destructive',
        statements: [alterTable(want.name, `drop column ${quoteName(column.name)}`)],
        lock: 'access exclusive',
        // a column that must be filled would refuse every new row
        surplus: !column.required || column.default !== null,
        reason: `No field has this column any more; its values are lost.${renameHint(column, want, have)}`,
      }),
    )
}

/** Where one new column is like one that goes, only a name may have been changed. */
function renameHint(gone: Column, want: Table, have: Table): string {
  const [heir, ...others] = want.columns.filter(
    column => isAlike(column, gone) && !have.columns.some(({ name }) => name === column.name),
  )
  if (heir === undefined || others.length > 0) return ''
  const former = camelCased(gone.name.replace(reference, ''))
  return ` Is ${heir.name} a new name for it? Then write renamedFrom: '${former}' in that field.`
}

/** The end of the columns of references, which their fields have not. */
const reference = /_id$/

function isAlike(one: Column, other: Column): boolean {
  return one.type === other.type && reference.test(one.name) === reference.test(other.name)
}

/** A constant default costs nothing: PostgreSQL keeps it beside the rows that are already there. */
function addColumn(table: string, column: Column): Step {
  const mustBeFilled = column.required && column.default === null
  return step({
    name: `add column ${table}.${column.name}`,
    statements: [alterTable(table, `add column ${columnDefinition(column)}`)],
    lock: 'access exclusive',
    reason: 'A new field. The lock lasts a moment, whatever the number of rows.',
    hint: mustBeFilled
      ? `${table} has rows, and ${column.name} is required: give the field a default or make it optional.`
      : null,
  })
}

/** A default of the former type could stand in the way, so it leaves first and comes back after. */
function changeType(table: string, want: Column, have: Column): readonly Step[] {
  if (want.type === have.type) return []
  const { kind, reason, throughText } = judgeTypeChange(have.type, want.type)
  const column = quoteName(want.name)
  const conversion = throughText ? ` using ${column}::text::${want.type}` : ''
  const alter = alterTable(table, `alter column ${column} type ${want.type}${conversion}`)
  return [
    step({
      name: `change type of ${table}.${want.name}`,
      kind,
      statements: [
        ...(have.default === null ? [] : [setDefault(table, want.name, null)]),
        alter,
        ...(want.default === null ? [] : [setDefault(table, want.name, want.default)]),
      ],
      lock: 'access exclusive',
      reason: `From ${have.type} to ${want.type}: ${reason}`,
      hint: `Values of ${table}.${want.name} do not fit ${want.type}: change them first.`,
    }),
  ]
}

/** After the checks: the former default suits the former check, the new one the new. */
export function changeDefaults(want: Table, have: Table): readonly Step[] {
  return want.columns.flatMap(column => {
    const existing = have.columns.find(({ name }) => name === column.name)
    if (existing === undefined || existing.type !== column.type) return []
    if (existing.default === column.default) return []
    return [
      step({
        name: `${column.default === null ? 'drop' : 'set'} default of ${want.name}.${column.name}`,
        statements: [setDefault(want.name, column.name, column.default)],
        lock: 'access exclusive',
        reason: 'For rows made from now on. The lock lasts a moment.',
      }),
    ]
  })
}

function setDefault(table: string, column: string, value: string | null): string {
  const change = value === null ? 'drop default' : `set default ${value}`
  return alterTable(table, `alter column ${quoteName(column)} ${change}`)
}

/**
 * NOT VALID holds new rows at once; validation then reads the old ones while readers and writers go
 * on.
 */
function changeRequired(table: string, want: Column, have: Column): readonly Step[] {
  const column = quoteName(want.name)
  if (!want.required) {
    if (!have.required) return []
    return [
      step({
        name: `make ${table}.${want.name} optional`,
        statements: [alterTable(table, `alter column ${column} drop not null`)],
        lock: 'access exclusive',
        reason: 'The field may be null. The lock lasts a moment.',
      }),
    ]
  }
  if (have.required && have.unproven === null) return []
  const name = quoteName(have.unproven ?? constraintName(table, want.name, 'required'))
  const add = step({
    name: `require ${table}.${want.name} of new rows`,
    statements: [alterTable(table, `add constraint ${name} not null ${column} not valid`)],
    lock: 'access exclusive',
    reason: 'The field must not be null. The lock lasts a moment.',
  })
  const fill = want.default ?? '…'
  const validate = step({
    name: `require ${table}.${want.name} of all rows`,
    statements: [alterTable(table, `validate constraint ${name}`)],
    lock: 'share update exclusive',
    reason: 'Reads every row once; readers and writers go on.',
    undo: alterTable(table, `drop constraint ${name}`),
    hint: `Rows have no ${want.name}. Fill them first: update ${quoteName(table)} set ${column} = ${fill} where ${column} is null`,
  })
  return have.required ? [validate] : [add, validate]
}
