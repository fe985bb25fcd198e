/** The tables that a model wants. */

import { fieldNamed, placeText } from '../model/document-path.ts'
import { kinds } from '../model/kinds/index.ts'
import { snakeCased } from '../model/names.ts'
import { fieldChecks, fieldLiteral } from './column-rules.ts'
import { quoteName } from '../base/quote.ts'
import { constraintName } from './names.ts'
import type { Column, Constraint, Index, Table } from './table.ts'
import type { FieldModel, IndexModel, Model, ResourceModel } from '../model/model.ts'

/** One table for each resource, in the order of the declaration. */
export function desiredTables(model: Model): readonly Table[] {
  return [...model.resources.values()].map(resource => desiredTable(model, resource))
}

function desiredTable(model: Model, resource: ResourceModel): Table {
  const { table, fields, indexes } = resource
  return {
    name: table,
    renamedFrom: resource.renamedFrom === null ? null : snakeCased(resource.renamedFrom),
    owned: true,
    columns: fields.map(desiredColumn),
    constraints: [
      ...indexes
        .filter(index => index.origin === 'primary')
        .map(index => primaryKey(resource, index)),
      ...fields.flatMap(field => fieldChecks(table, field)),
      ...fields.filter(field => field.kind === 'ref').map(field => foreignKey(model, table, field)),
    ],
    indexes: indexes
      .filter(index => index.origin !== 'primary')
      .map(index => desiredIndex(resource, index)),
  }
}

function desiredColumn(field: FieldModel): Column {
  return {
    name: field.column,
    renamedFrom: field.renamedFrom === null ? null : formerColumn(field, field.renamedFrom),
    type: kinds[field.kind].postgresType(field),
    required: !field.optional,
    unproven: null,
    default: desiredDefault(field),
  }
}

/** System columns have defaults so that any SQL tool can insert a row. */
const systemDefaults: Readonly<Record<string, string>> = {
  id: 'uuidv7()',
  version: '1',
  createdAt: 'now()',
  updatedAt: 'now()',
}

function desiredDefault(field: FieldModel): string | null {
  if (field.system && systemDefaults[field.name] !== undefined) return systemDefaults[field.name]!
  if (field.default === null || field.default.kind === 'caller') return null
  if (field.default.kind === 'now') return 'now()'
  return fieldLiteral(field, field.default.value)
}

/** Deletes are compiled with their events (`onDelete`), so the key itself only refuses. */
function foreignKey(model: Model, table: string, field: FieldModel): Constraint {
  const target = model.resources.get(field.target!)!
  return {
    name: constraintName(table, field.column, 'reference'),
    kind: 'foreign',
    columns: [field.column],
    definition: `foreign key (${quoteName(field.column)}) references ${quoteName(target.table)} ("id")`,
    owned: true,
    valid: true,
  }
}

function primaryKey(resource: ResourceModel, index: IndexModel): Constraint {
  const columns = index.columns.map(({ field }) => resource.field.get(field)!.column)
  return {
    name: index.name,
    kind: 'primary',
    columns,
    definition: `primary key (${columns.map(quoteName).join(', ')})`,
    owned: true,
    valid: true,
  }
}

/**
 * Nulls stand where PostgreSQL puts them by itself: last ascending, first descending; cursors rely
 * on it.
 */
function desiredIndex(resource: ResourceModel, index: IndexModel): Index {
  const columns: string[] = []
  const keys = index.columns.map(({ field, descending }) => {
    const { column, path } = fieldNamed(resource.field, field)!
    if (path === null) columns.push(column)
    const key = path === null ? quoteName(column) : placeText(quoteName(column), path)
    return descending ? `${key} desc` : key
  })
  return {
    name: index.name,
    unique: index.unique,
    columns,
    definition: `using btree (${keys.join(', ')})`,
    owned: true,
    valid: true,
  }
}

/** `placedAt` had the column `placed_at`, and the reference `customer` the column `customer_id`. */
function formerColumn(field: FieldModel, formerName: string): string {
  return snakeCased(formerName) + (field.kind === 'ref' ? '_id' : '')
}
