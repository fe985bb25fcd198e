/** Answers as user code sees them: loaded values, hidden fields missing. */

import type { FieldModel, Model } from '../../model/model.ts'
import { codec } from '../../model/kinds/index.ts'
import type { Answer } from '../operation.ts'

export function rowOutput(model: Model, resource: string, answer: Answer): unknown {
  if (answer.body === null) return undefined
  return codec.loadShape(model.resources.get(resource)!.fields, JSON.parse(answer.body))
}

export function listOutput(fields: readonly FieldModel[], answer: Answer): unknown {
  const { data }: { readonly data: readonly unknown[] } = JSON.parse(answer.body!)
  return data.map(row => codec.loadShape(fields, row))
}
