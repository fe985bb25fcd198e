/**
 * Which fields and related rows a request wants to see:
 * `fields=total,lines.quantity&expand=lines.product`.
 */

import { limits } from '../../base/limits.ts'
import { wholeView } from '../../engine/operation.ts'
import type { ExpandInput, View } from '../../engine/operation.ts'
import type { Parameters } from './parameters.ts'

/** A view that grows while its words are read. */
interface Draft {
  fields: string[] | null
  readonly expand: Map<string, Draft>
}

/** A field with dots belongs to the expanded rows that the words before it name. */
export function takeView(parameters: Parameters): View {
  const expand = parameters.takeWords('expand')
  const fields = parameters.takeWords('fields')
  if (expand === null && fields === null) return wholeView
  const root = newDraft()
  for (const path of expand ?? []) {
    const names = path.split('.')
    if (names.length <= limits.expandDepthMax) names.reduce(grow, root)
    else {
      const detail = `Rows are expanded to ${limits.expandDepthMax} levels at most.`
      parameters.fault('expand', 'too-deep', detail)
    }
  }
  for (const path of fields ?? []) {
    const names = path.split('.')
    const field = names.pop()!
    const draft = names.reduce<Draft | undefined>((parent, name) => parent?.expand.get(name), root)
    if (draft !== undefined) (draft.fields ??= []).push(field)
    else
      parameters.fault(
        'fields',
        'not-expanded',
        `Expand ${names.join('.').slice(0, 100)} to choose among its fields.`,
      )
  }
  return { fields: root.fields, expand: finish(root) }
}

function newDraft(): Draft {
  return { fields: null, expand: new Map() }
}

function grow(parent: Draft, name: string): Draft {
  const draft = parent.expand.get(name) ?? newDraft()
  parent.expand.set(name, draft)
  return draft
}

function finish(draft: Draft): readonly ExpandInput[] {
  return [...draft.expand].map(([name, child]) => ({
    name,
    fields: child.fields,
    expand: finish(child),
  }))
}
