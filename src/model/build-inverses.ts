/** Inverses: the lists of referring rows, under a name on the resource that they refer to. */

import { farLists } from './build-links.ts'
import type { DeclaredResource } from './declared-part.ts'
import type { Reporter } from './diagnostics.ts'
import type { FieldModel, InverseModel } from './model.ts'
import { camelCase, camelCased } from './names.ts'

type FieldsByName = ReadonlyMap<string, FieldModel>
type InversesByName = Map<string, InverseModel>

/** By the name of the resource referred to, then by the name of the inverse. */
export function buildInverses(
  resources: readonly DeclaredResource[],
  fields: ReadonlyMap<string, FieldsByName>,
): ReadonlyMap<string, ReadonlyMap<string, InverseModel>> {
  const inverses = new Map<string, InversesByName>()
  for (const name of fields.keys()) inverses.set(name, new Map())
  const add = (on: string, inverse: InverseModel, place: Reporter, mend: string) => {
    const taken = inverses.get(on)
    const targetFields = fields.get(on)
    if (taken === undefined || targetFields === undefined) return
    if (checkName(inverse.name, on, taken, targetFields, place, mend))
      taken.set(inverse.name, Object.freeze(inverse))
  }
  for (const { declared, reporter } of resources) {
    for (const [fieldName, field] of Object.entries(declared.fields)) {
      const { target, inverse } = field.options
      if (field.kind !== 'ref' || target === undefined || inverse === false) continue
      const name = inverse ?? camelCased(declared.name)
      const place = reporter.inside('fields', fieldName)
      const made = { name, resource: declared.name, field: fieldName, across: null }
      add(target, made, place, mendOfReference)
    }
  }
  for (const each of resources) {
    for (const { on, inverse, reporter } of farLists(each, fields.get(each.declared.name)!))
      add(on, inverse, reporter, 'give it another name in the link')
  }
  return inverses
}

const mendOfReference =
  "give the reference another name with inverse: '...', or inverse: false for none"

function checkName(
  name: string,
  target: string,
  taken: InversesByName,
  targetFields: FieldsByName,
  reporter: Reporter,
  mend: string,
): boolean {
  const quoted = JSON.stringify(name)
  if (!camelCase.test(name)) {
    reporter.report(
      'name-form',
      `the inverse ${quoted} is not in camelCase`,
      'begin with a small letter and use letters and digits only',
    )
    return false
  }
  const other = taken.get(name)
  if (other !== undefined) {
    reporter.report(
      'inverse',
      `its inverse ${quoted} on ${target} is that of ${other.resource}.${other.field} too`,
      mend,
    )
    return false
  }
  if (targetFields.has(name) || name in Object.prototype) {
    reporter.report(
      'inverse',
      `its inverse ${quoted} on ${target} has the name of a field there`,
      mend,
    )
    return false
  }
  return true
}
