/** The shop as a model, and who comes to it. */

import shopDeclaration from '../../../examples/shop/backend.ts'
import type { Caller } from '../../../src/base/caller.ts'
import { buildModel } from '../../../src/model/build.ts'
import type { ReadShape } from '../../../src/sql/plan.ts'

export const shop = buildModel(shopDeclaration)

export const customer: Caller = {
  kind: 'user',
  id: '00000000-0000-7000-8000-000000000001',
  roles: [],
  tenant: null,
  session: null,
  apiKey: null,
}
export const staff: Caller = { ...customer, roles: ['staff'] }

export function shapeOf(
  resource: string,
  form: ReadShape['form'],
  rest: Partial<ReadShape> = {},
): ReadShape {
  return { resource, form, fields: null, expand: [], filters: [], sort: [], after: false, ...rest }
}
