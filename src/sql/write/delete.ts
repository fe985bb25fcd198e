/** Deletes rows: held, judged, deleted with what depends on them, told. */

import { join, name, raw, sql, type Fragment } from '../fragment.ts'
import type { Change } from './assemble.ts'
import { cascade, type Cascade } from './cascade.ts'
import { reachesOthers, restrictions } from './dependants.ts'
import { inputsWithStored, storedColumns } from './follow.ts'
import { unlessNewer } from './newer.ts'
import { forgotten, removedTold } from './removed.ts'
import { heldStep } from './row.ts'
import { change, rows } from './steps.ts'
import { type Fault, carried, columnsOf, input, remaining, type WriteTask } from './task.ts'
import { answered, denied, notHeld, stale, verdict } from './verdict.ts'

export function deleteChange(task: WriteTask): Change {
  const far = reachesOthers(task.viewpoint.model, task.resource)
  const { steps, told } = far ? withOthers(task) : alone(task)
  return {
    steps: [heldStep(task), ...steps],
    told,
    body: raw('null::text'),
  }
}

function alone(task: WriteTask): Cascade {
  const { resource } = task
  const deletion = sql`delete from ${name(resource.table)} t using judged
where t."id" = judged."id" and judged."$fault" is null
returning ${carried(task, 'judged')}, ${columnsOf(resource.fields, 't')}`
  return {
    steps: [
      rows('judged', judged(task, restrictions(task))),
      change('changed', deletion),
      ...forgotten(resource, 'changed'),
    ],
    told: [removedTold(resource, 'changed', 'r')],
  }
}

function withOthers(task: WriteTask): Cascade {
  const { steps, told } = cascade(task)
  return { steps: [rows('asked', judged(task, [])), ...steps], told }
}

function judged(task: WriteTask, more: readonly Fault[]): Fragment {
  const rest = remaining(task, task.resource.access.delete)
  const faults = [
    ...answered(task),
    ...notHeld(task),
    ...unlessNewer(task, [...denied(task, rest, 'held'), ...stale(task, 'held')]),
    ...more,
  ]
  const columns = [carried(task, 'q'), raw('held."id"'), ...storedColumns(task)]
  return sql`select ${join(columns, ', ')}, ${verdict(faults)} as "$fault"
from ${inputsWithStored(task)} left join held on held."$n" = ${input.number}`
}
