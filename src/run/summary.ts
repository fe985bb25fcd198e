/** What a backend offers, for the start banner. */

import type { Model } from '../model/model.ts'
import type { WorkerSummary } from './messages.ts'

export function summarise(model: Model): Omit<WorkerSummary, 'accounts' | 'notes'> {
  const resources = [...model.resources.values()]
  return {
    name: model.name,
    resources: resources.map(({ name }) => name),
    openResource: resources.find(({ access }) => access.read.kind === 'anyone')?.name ?? null,
    commands: [...model.commands.keys()],
    queries: [...model.queries.keys()],
  }
}
