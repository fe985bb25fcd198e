/** Fields as the TypeScript types of their JSON, for the standalone client. */

import type { FieldKind, FieldModel } from '../../model/model.ts'

/** What comes from the backend, or what goes to it. */
type Direction = 'read' | 'sent'

type TypeText = (field: FieldModel, direction: Direction) => string

const same =
  (type: string): TypeText =>
  () =>
    type

const textOfKind: Readonly<Record<FieldKind, TypeText>> = {
  text: same('string'),
  integer: same('number'),
  bigint: (_, direction) => (direction === 'sent' ? 'bigint | string' : 'string'),
  decimal: same('string'),
  boolean: same('boolean'),
  date: same('string'),
  timestamp: (_, direction) => (direction === 'sent' ? 'Date | string' : 'string'),
  uuid: same('string'),
  choice: choices,
  document: same('JsonObject'),
  list: ({ members }, direction) => `readonly (${itemText(members ?? [], direction)})[]`,
  object: ({ members }, direction) => objectText(members ?? [], direction),
  ref: same('string'),
}

const filterOfKind: Readonly<Record<FieldKind, (field: FieldModel) => string>> = {
  text: () => 'TextFilter',
  integer: () => 'OrderFilter<number>',
  bigint: () => 'OrderFilter<bigint | string>',
  decimal: () => 'OrderFilter<string>',
  boolean: () => 'BooleanFilter',
  date: () => 'OrderFilter<string>',
  timestamp: () => 'OrderFilter<Date | string>',
  uuid: () => 'ChoiceFilter<string>',
  choice: field => `ChoiceFilter<${choices(field)}>`,
  document: () => 'PresenceFilter',
  list: () => 'PresenceFilter',
  object: () => 'PresenceFilter',
  ref: () => 'ChoiceFilter<string>',
}

/** The types of the filters that its kind has. */
export function filterText(field: FieldModel): string {
  return filterOfKind[field.kind](field)
}

function valueText(field: FieldModel, direction: Direction): string {
  const text = textOfKind[field.kind](field, direction)
  return field.optional ? `${text} | null` : text
}

/** One line for each member, `mayMiss` with a question mark. */
export function memberLines(
  fields: readonly FieldModel[],
  direction: Direction,
  mayMiss: (field: FieldModel) => boolean,
): readonly string[] {
  return fields.map(
    field => `readonly ${field.name}${mayMiss(field) ? '?' : ''}: ${valueText(field, direction)}`,
  )
}

export const noMembers = '{ readonly [K in never]: never }'

/** An object that is written may leave out what is optional or has a default. */
export function objectText(fields: readonly FieldModel[], direction: Direction): string {
  if (fields.length === 0) return noMembers
  const mayMiss = (field: FieldModel) => direction === 'sent' && isOmissible(field)
  return `{ ${memberLines(fields, direction, mayMiss).join('; ')} }`
}

export function isOmissible({ optional, default: preset }: FieldModel): boolean {
  return optional || preset !== null
}

function choices({ values }: FieldModel): string {
  return (values ?? []).map(quoted).join(' | ') || 'never'
}

/** A list of scalars has one nameless field. */
function itemText(members: readonly FieldModel[], direction: Direction): string {
  const [only] = members
  return only?.name === '' ? valueText(only, direction) : objectText(members, direction)
}

export function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, found => `\\${found}`)}'`
}
