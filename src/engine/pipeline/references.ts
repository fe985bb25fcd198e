/** The references in a command's input: each names a row that the caller may read. */

import { Faults } from '../../model/faults.ts'
import type { FieldModel } from '../../model/model.ts'
import type { ReadShape } from '../../sql/plan.ts'
import type { DataScope } from '../data/data.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { shapeOfList } from './read-shapes.ts'

interface Reference {
  readonly pointer: string
  /** The resource that it is to name a row of. */
  readonly target: string
  readonly id: string
}

/**
 * One statement for each resource that is named. Throws `validate.invalid` with a pointer to each
 * reference that names no row, or one that is hidden from the caller: both look the same. Rows are
 * not held; one that goes afterwards is for the foreign key to find.
 */
export async function checkReferences(
  engine: Engine,
  fields: readonly FieldModel[],
  input: unknown,
  scope: DataScope,
  facts: RequestFacts,
): Promise<void> {
  const references = referencesIn(fields, input, '').filter(({ target, id }) => {
    // Callers know their own id, whatever the rules say about the rows of users.
    const own = engine.model.identity?.resource === target && id === facts.caller.id
    return !own
  })
  const faults = new Faults('body')
  for (const [target, named] of Map.groupBy(references, reference => reference.target)) {
    const ids = [...new Set(named.map(({ id }) => id))]
    const readable = await readableAmong(engine, target, ids, scope, facts)
    for (const { pointer, id } of named)
      if (!readable.has(id)) faults.add(pointer, 'reference', 'names no row')
  }
  faults.throwIfAny()
}

async function readableAmong(
  engine: Engine,
  resource: string,
  ids: readonly string[],
  scope: DataScope,
  { caller }: RequestFacts,
): Promise<ReadonlySet<unknown>> {
  const plan = engine.planRead(shapeOf(resource), caller)
  const row = await scope.read(plan, [ids, ids.length], caller)
  const rows: readonly { readonly id: string }[] = JSON.parse(String(row?.[0]))
  return new Set(rows.map(({ id }) => id))
}

const shapes = new Map<string, ReadShape>()

/** Kept, so that plans are found by identity. */
function shapeOf(resource: string): ReadShape {
  const known = shapes.get(resource)
  if (known !== undefined) return known
  const filters = [{ field: 'id', operator: 'in' }] as const
  const shape = shapeOfList(resource, { fields: ['id'], expand: [] }, filters, [], false)
  shapes.set(resource, shape)
  return shape
}

/** In lists and objects too, in the order of the input. */
export function referencesIn(
  fields: readonly FieldModel[],
  values: unknown,
  place: string,
): readonly Reference[] {
  return fields.flatMap(field => {
    // The field of a list of scalars has no name: the value is all there is.
    const value: unknown = field.name === '' ? values : Reflect.get(Object(values), field.name)
    const pointer = field.name === '' ? place : `${place}/${field.name}`
    if (field.target !== null)
      return typeof value === 'string' ? [{ pointer, target: field.target, id: value }] : []
    const members = field.members ?? []
    return Array.isArray(value)
      ? value.flatMap((item, at) => referencesIn(members, item, `${pointer}/${at}`))
      : referencesIn(members, value, pointer)
  })
}
