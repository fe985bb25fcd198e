/**
 * The body of an answer: one row as JSON text with the rows it refers to and the rows that refer to
 * it.
 */

import { limits } from '../base/limits.ts'
import type { FieldModel, InverseModel, ResourceModel } from '../model/model.ts'
import { insteadOf, type QueryFaults } from './faults.ts'
import { all, always, column, raw, sql, type Fragment } from './fragment.ts'
import { jsonColumn, objectJson, type JsonMember } from './json-text.ts'
import { pageRows } from './page.ts'
import { choosePaths, type PathRequest } from './paths.ts'
import type { ExpandShape } from './plan.ts'
import { predicate } from './predicate.ts'
import { readResidual, rowResidual, type Viewpoint } from './residual.ts'
import { tableAs } from './table.ts'
import { visibleByName, visibleFields, type VisibleField } from './visibility.ts'

/** What a body shows of a row. */
export interface BodyShape {
  /** Null for all that the caller may read. */
  readonly fields: readonly string[] | null
  readonly expand: readonly ExpandShape[]
}

export interface Body {
  /** JSON text, never null. */
  readonly json: Fragment
  /** Whether the text depends on more than the row: on other rows, or on who asks. */
  readonly foreign: boolean
  /** Whether every related row is found by a key or an index, and they are one list at most. */
  readonly bounded: boolean
}

/** Where in the tree of an answer a body stands. */
interface Place {
  /** Of the relation that has the row's columns. */
  readonly alias: string
  /** Steps of expansion above. */
  readonly depth: number
  /** Lists above, the list of the answer included: their lengths multiply. */
  readonly lists: number
}

/**
 * The body of the row in relation `alias` (`t` unless a statement needs another). Unknown and
 * hidden names are collected in `faults`. Related rows are scalar subqueries: each is a look-up by
 * key or index, whatever the planner believes about sizes, and is not made for a row that is not
 * shown.
 */
export function bodyJson(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  shape: BodyShape,
  faults: QueryFaults,
  place: Place = { alias: 't', depth: 0, lists: 0 },
): Body {
  const visible = visibleByName(viewpoint, resource)
  const shown = selection(visible, shape.fields, faults)
  const members: JsonMember[] = []
  const related = relatedMembers(viewpoint, resource, visible, shape.expand, faults, place)
  for (const { field, rule } of visible.values()) {
    const reference = related.get(field.name)
    if (reference === undefined && !shown.has(field.name)) continue
    members.push({
      name: field.name,
      value: reference?.json ?? jsonColumn(field, place.alias),
      condition:
        rule === true ? null : predicate(viewpoint, rule, { resource, alias: place.alias }),
    })
  }
  for (const [key, list] of related) {
    if (!visible.has(key)) members.push({ name: key, value: list.json, condition: null })
  }
  return {
    json: objectJson(members),
    foreign: related.size > 0 || members.some(member => member.condition !== null),
    bounded: [...related.values()].every(part => part.bounded),
  }
}

function selection(
  visible: ReadonlyMap<string, VisibleField>,
  fields: readonly string[] | null,
  faults: QueryFaults,
): ReadonlySet<string> {
  if (fields === null) return new Set(visible.keys())
  for (const field of fields) {
    if (visible.has(field)) continue
    faults.add(
      'fields',
      'unknown-field',
      `There is no field ${field}${insteadOf(field, [...visible.keys()])}`,
    )
  }
  return new Set(fields)
}

interface Related {
  readonly json: Fragment
  readonly bounded: boolean
}

function relatedMembers(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  visible: ReadonlyMap<string, VisibleField>,
  expand: readonly ExpandShape[],
  faults: QueryFaults,
  place: Place,
): ReadonlyMap<string, Related> {
  const related = new Map<string, Related>()
  expand.forEach((shape, index) => {
    const field = visible.get(shape.name)?.field
    const inverse = resource.inverses.get(shape.name)
    const below: Place = {
      alias: `${place.alias}${index + 1}`,
      depth: place.depth + 1,
      lists: place.lists,
    }
    if (below.depth > limits.expandDepthMax) {
      faults.add(
        'expand',
        'too-deep',
        `${shape.name} lies more than ${limits.expandDepthMax} steps away.`,
      )
    } else if (related.has(shape.name)) {
      faults.add('expand', 'duplicate', `${shape.name} is expanded twice.`)
    } else if (field?.kind === 'ref') {
      related.set(shape.name, referenceJson(viewpoint, field, shape, faults, place, below))
    } else if (inverse !== undefined && inverseVisible(viewpoint, inverse)) {
      related.set(shape.name, inverseJson(viewpoint, inverse, shape, faults, place, below))
    } else {
      faults.add(
        'expand',
        'unknown-expand',
        unknownExpand(viewpoint, resource, visible, shape.name),
      )
    }
  })
  return related
}

/** The row that a reference names, `null` where there is none to see. */
function referenceJson(
  viewpoint: Viewpoint,
  field: FieldModel,
  shape: ExpandShape,
  faults: QueryFaults,
  place: Place,
  below: Place,
): Related {
  const target = viewpoint.model.resources.get(field.target ?? '')!
  const body = bodyJson(viewpoint, target, shape, faults, below)
  const residual = readResidual(viewpoint, target)
  const condition = all([
    sql`${column(below.alias, 'id')} = ${column(place.alias, field.column)}`,
    predicate(viewpoint, residual, { resource: target, alias: below.alias }),
  ])
  return {
    json: sql`coalesce((select ${body.json} from ${tableAs(target, below.alias)} where ${condition}), 'null')`,
    bounded: body.bounded,
  }
}

/**
 * The rows that refer to the row, or that a link leads to, oldest first; those that the caller may
 * not read are left out.
 */
function inverseJson(
  viewpoint: Viewpoint,
  inverse: InverseModel,
  shape: ExpandShape,
  faults: QueryFaults,
  place: Place,
  below: Place,
): Related {
  const child = viewpoint.model.resources.get(inverse.resource)!
  const reference = child.field.get(inverse.field)!
  const lists = place.lists + 1
  if (lists > limits.expandListsMax) {
    const most = `at most ${limits.expandListsMax} lists may stand in each other, the answer's own included`
    faults.add('expand', 'too-many-lists', `${shape.name} is a list in a list: ${most}.`)
  }
  const item = listItem(viewpoint, inverse, shape, faults, { ...below, lists })
  const parent = column(place.alias, 'id')
  const request: PathRequest = {
    viewpoint,
    resource: child,
    // The row is shown, so whoever reads it may read what is read through it.
    residual: readResidual(viewpoint, child, [inverse.field]),
    filters: {
      conditions: [sql`${column(below.alias, reference.column)} = ${parent}`, ...item.conditions],
      bound: new Map([[inverse.field, parent]]),
      ranged: [],
      few: false,
    },
    order: [{ field: child.field.get('id')!, descending: false }],
  }
  const paths = choosePaths(request)
  const size = raw(String(limits.expandRowsMax))
  const rows = pageRows({ ...request, alias: below.alias, paths, starts: [always], size })
  return {
    json: sql`(select '[' || coalesce(string_agg(${item.json}, ','), '') || ']' from (${rows}) ${raw(below.alias)})`,
    // Lists in lists are many rows, and whoever shares a lane with them would wait.
    bounded: lists === 1 && item.bounded && paths.every(path => path.bounded),
  }
}

interface ListItem extends Body {
  /** What holds of the rows that are shown, beyond their own rule. */
  readonly conditions: readonly Fragment[]
}

/** The row of a list in `place`; of a link the row that it leads to, if the caller may read it. */
function listItem(
  viewpoint: Viewpoint,
  { resource, across }: InverseModel,
  shape: ExpandShape,
  faults: QueryFaults,
  place: Place,
): ListItem {
  const child = viewpoint.model.resources.get(resource)!
  if (across === null)
    return { ...bodyJson(viewpoint, child, shape, faults, place), conditions: [] }
  const target = viewpoint.model.resources.get(across.resource)!
  const alias = `${place.alias}l`
  const body = bodyJson(viewpoint, target, shape, faults, { ...place, alias })
  const leads = sql`${column(alias, 'id')} = ${column(place.alias, child.field.get(across.field)!.column)}`
  const rest = rowResidual(viewpoint, child, { kind: 'through', field: across.field })
  return {
    ...body,
    json: sql`(select ${body.json} from ${tableAs(target, alias)} where ${leads})`,
    conditions:
      rest === true ? [] : [predicate(viewpoint, rest, { resource: child, alias: place.alias })],
  }
}

function inverseVisible(viewpoint: Viewpoint, { resource, field, across }: InverseModel): boolean {
  const visible = visibleFields(viewpoint, viewpoint.model.resources.get(resource)!)
  const names = across === null ? [field] : [field, across.field]
  return names.every(name =>
    visible.some(shown => shown.field.name === name && shown.rule === true),
  )
}

function unknownExpand(
  viewpoint: Viewpoint,
  resource: ResourceModel,
  visible: ReadonlyMap<string, VisibleField>,
  asked: string,
): string {
  const references = [...visible.values()]
    .filter(shown => shown.field.kind === 'ref')
    .map(shown => shown.field.name)
  const inverses = [...resource.inverses.values()].filter(inverse =>
    inverseVisible(viewpoint, inverse),
  )
  const names = [...references, ...inverses.map(inverse => inverse.name)]
  if (names.length === 0)
    return `${asked} cannot be expanded; ${resource.name} has nothing to expand.`
  return `${asked} cannot be expanded${insteadOf(asked, names)}`
}
