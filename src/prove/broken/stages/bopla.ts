/** Fields have no rules of their own, and nothing but the row's header is read-only. */

import type { FieldModel, Model, ResourceModel } from '../../../model/model.ts'
import { broken } from '../broken.ts'

const access = Object.freeze({ read: null, write: null })

function opened(resource: ResourceModel): ResourceModel {
  const open = (field: FieldModel) => ({
    ...field,
    access,
    readOnly: field.system && field.readOnly,
  })
  const fields = resource.fields.map(open)
  return { ...resource, fields, field: new Map(fields.map(each => [each.name, each])) }
}

function withoutFieldRules(model: Model): Model {
  const resources = [...model.resources].map(([name, each]) => [name, opened(each)] as const)
  return { ...model, resources: new Map(resources) }
}

export default broken('fields have no rules of their own', {
  declared: declared => ({ ...declared, model: withoutFieldRules(declared.model) }),
})
