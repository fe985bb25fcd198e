/** Deleted rows: what is told of them, and what the engine forgets with them. */

import type { ResourceModel } from '../../model/model.ts'
import { always, raw, sql, type Fragment } from '../fragment.ts'
import type { Told } from './shown.ts'
import { change, type Step } from './steps.ts'

/** `relation` is the step that deleted them; where it does not carry the inputs, `judged` does. */
export function removedTold(
  resource: ResourceModel,
  relation: string,
  carrier: Told['carrier'],
): Told {
  return {
    resource,
    type: 'deleted',
    source: carrier === 'r' ? sql`${raw(relation)} r` : besideJudged(relation),
    carrier,
    asked: always,
    changed: always,
    body: raw('null::text'),
    before: raw('null::text'),
  }
}

export function besideJudged(relation: string): Fragment {
  return sql`${raw(relation)} r join judged on judged."$n" = r."$n"`
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
