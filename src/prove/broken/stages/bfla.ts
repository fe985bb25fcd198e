/** Commands, queries and creates are for anybody. */

import type { Model } from '../../../model/model.ts'
import { broken } from '../broken.ts'

const access = Object.freeze({ kind: 'anyone' } as const)

function opened(model: Model): Model {
  const each = <T>(parts: ReadonlyMap<string, T>, open: (part: T) => T) =>
    new Map([...parts].map(([name, part]) => [name, open(part)] as const))
  return {
    ...model,
    commands: each(model.commands, command => ({ ...command, access })),
    queries: each(model.queries, query => ({ ...query, access })),
    resources: each(model.resources, resource => ({
      ...resource,
      access: { ...resource.access, create: access },
    })),
  }
}

export default broken('commands, queries and creates are for anybody', {
  declared: declared => ({ ...declared, model: opened(declared.model) }),
})
