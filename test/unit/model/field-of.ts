/** Field models for tests, resolved as a backend would resolve them. */

import type { Field } from 'mettle'
import { buildModel } from '../../../src/model/build.ts'
import type { FieldModel, ResourceModel } from '../../../src/model/model.ts'
import { withFields } from './loose.ts'

/** The model of one field, named `value`. */
export function fieldOf(declared: Field): FieldModel {
  return thingsOf({ value: declared }).field.get('value')!
}

/** A resource `things` with these fields. */
export function thingsOf(fields: object, rest: object = {}): ResourceModel {
  return buildModel(withFields(fields, rest)).resources.get('things')!
}
