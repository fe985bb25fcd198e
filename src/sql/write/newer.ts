/**
 * Rows that are newer than what their statement sees. A lock gives the newest version of a row, but
 * everything else is read as it was when the statement began: other rows that a rule looks at, and
 * the stored answer of a duplicate. Such a row is `busy`, and judged by another statement.
 */

import type { RuleNode } from '../../declare/rule.ts'
import type { ResourceModel } from '../../model/model.ts'
import { all, always, any, name, never, raw, sql, type Fragment } from '../fragment.ts'
import { looksAtOthers, rowResidual, type Viewpoint } from '../residual.ts'
import { exists } from './steps.ts'
import { type Fault, fieldsSet, type WriteTask } from './task.ts'

/** Whether it matters that a held row is newer. */
export function mindsNewer(task: WriteTask): boolean {
  return task.shape.form !== 'create' && (task.shape.keyed || judgedByOthers(task))
}

/** Of relation `held`: which version of the row it is. */
export function placeOf(task: WriteTask, alias: string): readonly Fragment[] {
  return mindsNewer(task) ? [sql`${raw(alias)}.ctid as "$place"`] : []
}

/**
 * The faults that were found on relation `held`, unless the row is newer: those of a duplicate may
 * be what its own first run did, and a rule that looks at others may wrongly hold as well as not.
 */
export function unlessNewer(task: WriteTask, faults: readonly Fault[]): readonly Fault[] {
  const minded = judgedByOthers(task) ? always : any(faults.map(({ when }) => when))
  if (!mindsNewer(task) || minded === never) return faults
  const same = sql`s."id" = held."id" and s.ctid = held."$place"`
  const seen = exists(sql`select 1 from ${name(task.resource.table)} s where ${same}`)
  return [{ outcome: 'busy', detail: null, when: all([minded, sql`not ${seen}`]) }, ...faults]
}

/** Whether a rule of the rows that are changed or shown looks at rows that are not held. */
export function judgedByOthers(task: WriteTask): boolean {
  const { viewpoint, resource, shape } = task
  const rules = [resource.access[shape.form], ...fieldsSet(task).map(field => field.access.write)]
  return shownByOthers(viewpoint, resource) || anyLooksAtOthers(viewpoint, resource, rules)
}

/** Whether other rows decide about which rows the caller may read, or what of them. */
export function shownByOthers(viewpoint: Viewpoint, resource: ResourceModel): boolean {
  const rules = [resource.access.read, ...resource.fields.map(field => field.access.read)]
  return anyLooksAtOthers(viewpoint, resource, rules)
}

function anyLooksAtOthers(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  rules: readonly (RuleNode | null)[],
): boolean {
  return rules.some(rule => rule !== null && looksAtOthers(rowResidual(viewpoint, resource, rule)))
}
