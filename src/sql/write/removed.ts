/** Deleted rows: what is told of them, and what the engine forgets with them. */

import type { ResourceModel } from '../../model/model.ts'
import { raw, sql } from '../fragment.ts'
import type { Told } from './shown.ts'
import { change, type Step } from './steps.ts'
import { input } from './task.ts'

/** `relation` is the step that deleted them. */
export function removedTold(resource: ResourceModel, relation: string): Told {
  return {
    resource,
    type: 'deleted',
    source: sql`${raw(relation)} r join q on ${input.number} = r."$n"`,
    changed: raw('true'),
    body: raw('null::text'),
    before: raw('null::text'),
  }
}

/** A user who is gone can no longer sign in, and is signed out. */
export function forgotten(resource: ResourceModel, relation: string): readonly Step[] {
  if (!resource.identity) return []
  return ['credentials', 'sessions'].map(table =>
    change(
      `${table}_of_${relation}`,
      sql`delete from "mettle".${raw(`"${table}"`)} f using ${raw(relation)} r where f."user_id" = r."id"`,
    ),
  )
}
