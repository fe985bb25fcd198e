/**
 * Deletion with what depends on it, in one statement: the doomed rows are found first, over any
 * number of tables and circles, and only then is anything changed, each row once.
 */

import { limits } from '../../base/limits.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import {
  all,
  always,
  column,
  join,
  literal,
  name,
  never,
  raw,
  sql,
  type Fragment,
} from '../fragment.ts'
import { dependants, nameFor, tooManyOf, type Dependant } from './dependants.ts'
import { storedColumns } from './follow.ts'
import { besideJudged, forgotten, removedTold } from './removed.ts'
import { eventBefore, old, type Told } from './shown.ts'
import { change, rows, search, type Step } from './steps.ts'
import { carried, columnsOf, now, type WriteTask } from './task.ts'

export interface Cascade {
  /** After a step `asked`, the verdicts without dependants; `judged` is among these. */
  readonly steps: readonly Step[]
  /** What the steps changed. */
  readonly told: readonly Told[]
}

export function cascade(task: WriteTask): Cascade {
  const { model } = task.viewpoint
  const doomed = doomedResources(model, task.resource)
  const links = doomed.flatMap(parent => dependants(model, parent, 'cascade'))
  const removed = doomed.map((resource, at) => removal(task, resource, `removed_${at}`, links))
  const loosened = looseTables(model, doomed).map((refs, at) => loosening(refs, at))
  return {
    steps: [
      search(`doomed ("$n", "resource", "id", "via", "parent")`, doomedRows(task.resource, links)),
      // A reader that stops early stops the search: a cascade never visits more than it may delete.
      rows('reached', sql`select * from doomed limit ${raw(String(limits.cascadeRowsMax + 1))}`),
      rows('judged', judgedWithDependants(task, doomed)),
      rows(
        'victims',
        sql`select reached.* from reached join judged on judged."$n" = reached."$n"
where judged."$fault" is null`,
      ),
      ...removed.flatMap(part => part.steps),
      ...loosened.flatMap(part => part.steps),
    ],
    told: [...removed, ...loosened].map(part => part.told),
  }
}

/** The resource itself and all whose rows may go with its rows. */
function doomedResources(model: Model, root: ResourceModel): readonly ResourceModel[] {
  const found = new Set([root])
  for (const parent of found) {
    for (const { child } of dependants(model, parent, 'cascade')) found.add(child)
  }
  return [...found]
}

/**
 * From each row to those that refer to it. `via` and `parent` say by which reference a row was
 * reached.
 */
function doomedRows(root: ResourceModel, links: readonly Dependant[]): Fragment {
  const asked = sql`select asked."$n", ${literal(root.name, 'text')}, asked."id", ''::text, null::uuid
from asked where asked."$fault" is null`
  if (links.length === 0) return asked
  const selects = links.map(
    ({ child, field, parent }) =>
      sql`select ${literal(child.name, 'text')}, c."id", ${literal(field.name, 'text')}, doomed."id" from ${name(child.table)} c where doomed."resource" = ${literal(parent.name)} and ${column('c', field.column)} = doomed."id"`,
  )
  return sql`${asked}
union
select doomed."$n", next.* from doomed cross join lateral (
  ${join(selects, '\n  union all\n  ')}
) next`
}

/** A cascade is refused when rows that stay refer to rows that go, and when it is too large. */
function judgedWithDependants(task: WriteTask, doomed: readonly ResourceModel[]): Fragment {
  const { model } = task.viewpoint
  const most = raw(String(limits.cascadeRowsMax))
  const large = sql`array['referenced', ${literal(tooMany(task, doomed))}]`
  const cases = doomed
    .flatMap(parent => dependants(model, parent, 'restrict'))
    .map(({ child, field, parent }) => {
      const gone = sql`select 1 from reached too where too."$n" = asked."$n" and too."resource" = ${literal(child.name)} and too."id" = c."id"`
      const stays = all([
        sql`reached."$n" = asked."$n"`,
        sql`reached."resource" = ${literal(parent.name)}`,
        doomed.includes(child) ? sql`not exists (${gone})` : always,
      ])
      const refers = sql`select 1 from reached join ${name(child.table)} c on ${column('c', field.column)} = reached."id" where ${stays}`
      return sql`
  when exists (${refers}) then array['referenced', ${nameFor(task, child) ?? raw('null')}]`
    })
  const columns = [carried(task, 'asked'), raw('asked."id"'), ...storedColumns(task, 'asked')]
  return sql`select ${join(columns, ', ')}, case when asked."$fault" is not null then asked."$fault"
  when (select count(*) from reached) > ${most} then ${large}${join(cases, '')}
  end as "$fault"
from asked`
}

function tooMany(task: WriteTask, doomed: readonly ResourceModel[]): string {
  const root = task.resource
  const others = doomed
    .filter(resource => resource !== root && nameFor(task, resource) !== null)
    .map(resource => resource.name)
  return tooManyOf(others.length === 0 ? [root.name] : others, limits.cascadeRowsMax)
}

interface Part {
  readonly steps: readonly Step[]
  readonly told: Told
}

/**
 * A child that another transaction moved to a parent that stays is spared: the condition is checked
 * on its new version.
 */
function removal(
  task: WriteTask,
  resource: ResourceModel,
  step: string,
  links: readonly Dependant[],
): Part {
  const ways = links
    .filter(link => link.child === resource)
    .map(
      ({ field }) =>
        sql`victims."via" = ${literal(field.name)} and ${column('t', field.column)} = victims."parent"`,
    )
  const isRoot = resource === task.resource
  const root = isRoot ? [sql`victims."via" = ''`] : []
  const condition = all([
    sql`victims."resource" = ${literal(resource.name)}`,
    sql`t."id" = victims."id"`,
    sql`(${join([...root, ...ways], ' or ')})`,
  ])
  const deletion = sql`delete from ${name(resource.table)} t using victims where ${condition}
returning victims."$n", ${columnsOf(resource.fields, 't')}`
  return {
    steps: [change(step, deletion), ...forgotten(resource, step)],
    told: {
      ...removedTold(resource, step, 'judged'),
      asked: isRoot ? sql`r."id" = judged."id"` : never,
    },
  }
}

/** By table, the references that are emptied when a doomed row goes. */
function looseTables(
  model: Model,
  doomed: readonly ResourceModel[],
): readonly (readonly Dependant[])[] {
  const refs = doomed.flatMap(parent => dependants(model, parent, 'clear'))
  return [...Map.groupBy(refs, ref => ref.child).values()]
}

function loosening(refs: readonly Dependant[], at: number): Part {
  const resource = refs[0]!.child
  const [loose, cleared] = [`loose_${at}`, `cleared_${at}`]
  const fields = refs.map(ref => ref.field)
  return {
    steps: [
      rows(loose, looseRows(resource, refs)),
      change(cleared, clearedRows(resource, loose, refs)),
    ],
    told: {
      resource,
      type: 'updated',
      source: besideJudged(cleared),
      carrier: 'judged',
      asked: never,
      changed: always,
      body: raw('null::text'),
      before: eventBefore(fields),
    },
  }
}

/**
 * The rows to change; each reference that is to be emptied stands beside them, the others are null.
 * Victims are left out: of two changes of one row in a statement PostgreSQL makes only one.
 */
function looseRows(resource: ResourceModel, refs: readonly Dependant[]): Fragment {
  const found = refs.map(
    ({ field, parent }) =>
      sql`select c."id" from victims join ${name(resource.table)} c on ${column('c', field.column)} = victims."id" where victims."resource" = ${literal(parent.name)}`,
  )
  const ends = refs.map(({ field, parent }, at) => {
    const end = `end_${at}`
    return {
      select: sql`${raw(end)}."id" as ${name(field.column)}`,
      number: raw(`${end}."$n"`),
      joined: sql`left join victims ${raw(end)} on ${raw(end)}."resource" = ${literal(parent.name)} and ${raw(end)}."id" = ${column('t', field.column)}`,
    }
  })
  const self = sql`too."resource" = ${literal(resource.name)} and too."id" = t."id"`
  return sql`select coalesce(${join(
    ends.map(end => end.number),
    ', ',
  )}) as "$n", t."id", ${join(
    ends.map(end => end.select),
    ', ',
  )}
from (${join(found, ' union ')}) found join ${name(resource.table)} t on t."id" = found."id"
${join(
  ends.map(end => end.joined),
  '\n',
)}
where not exists (select 1 from victims too where ${self})`
}

function clearedRows(resource: ResourceModel, loose: string, refs: readonly Dependant[]): Fragment {
  const pairs = refs.map(({ field }) => ({
    field,
    same: sql`${column('t', field.column)} = ${column(loose, field.column)}`,
  }))
  const assignments = [
    sql`"version" = t."version" + 1`,
    sql`"updated_at" = ${now}`,
    ...pairs.map(
      ({ field, same }) =>
        sql`${name(field.column)} = case when ${same} then null else ${column('t', field.column)} end`,
    ),
  ]
  const before = pairs.map(
    ({ field }) => sql`${column('old', field.column)} as ${name(old(field).column)}`,
  )
  return sql`update ${name(resource.table)} t set ${join(assignments, ', ')}
from ${raw(loose)} where t."id" = ${raw(loose)}."id" and (${join(
    pairs.map(pair => pair.same),
    ' or ',
  )})
returning ${raw(loose)}."$n", ${columnsOf(resource.fields, 'new')}, ${join(before, ', ')}`
}
