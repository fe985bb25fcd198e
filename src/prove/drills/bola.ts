/** Everybody tries to read, find and change the rows of somebody else, on every path to them. */

import type { RuleNode } from '../../declare/rule.ts'
import { apiPath, kebabCased } from '../../model/names.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { namingsOf } from '../model/namings.ts'
import { admits, anyRow, type Planted, type Wish, wishFor } from '../model/policy.ts'
import { ifReached } from '../reach.ts'
import { isWritable, createValues } from '../model/values.ts'

/** One attempt on one row by one caller: what he may by the declaration, and what he could do. */
interface Cell {
  readonly name: string
  readonly caller: string
  readonly may: boolean
  readonly did: boolean
}

export default drill({
  id: 'bola',
  group: 'security',
  promise: 'security.policy',
  reach: 'outside',
  claim: 'Nobody reads, finds or changes a row that the rules do not give him, on any path',
  explained: {
    does: 'lets everybody read, list, filter, change and delete the rows of every owner, by id, from related rows and by every link; compares what each could do with what the declared rules give him; counts leaks, and refusals of what is his',
    bar: 'nobody gets a row that is not his, and everybody what is',
    asks: 'a rule of access that depends on the row',
    seconds: 8,
  },
  needs: model =>
    guarded(model).length > 0 ? null : 'no rule of access depends on the row: none has an owner',
  async attack(context) {
    const cells: Cell[] = []
    const tried: string[] = []
    for (const resource of guarded(context.model)) {
      context.progress(`everybody tries the rows of ${resource.name}`)
      const some = await ifReached(tryResource(context, resource))
      if (some === null) continue
      tried.push(resource.name)
      cells.push(...some)
    }
    const leaks = cells.filter(({ may, did }) => did && !may)
    const denials = cells.filter(({ may, did }) => may && !did)
    return {
      attack: `every caller tries every path to rows of ${tried.join(', ')}${context.service.own ? '' : ', which accounts of ours could make'}`,
      size: cells.length,
      inFlight: null,
      figures: {
        cells: cells.length,
        allowed: cells.filter(({ may }) => may).length,
        leaks: leaks.length,
        wronglyDenied: denials.length,
        found: [...leaks, ...denials].slice(0, 5).map(nameOf).join(', ') || 'nothing',
      },
    }
  },
  judge: ({ leaks, wronglyDenied, allowed, found }) => [
    ...(leaks === 0 ? [] : [`${leaks} leaks: ${found}`]),
    ...(wronglyDenied === 0 ? [] : [`${wronglyDenied} were denied what is theirs: ${found}`]),
    ...(allowed === 0 ? ['nobody was allowed anything, so nothing was compared'] : []),
  ],
})

function nameOf({ name, caller }: Cell): string {
  return `${caller}: ${name}`
}

function guarded(model: Model): readonly ResourceModel[] {
  return [...model.resources.values()].filter(({ access }) => dependsOnRow(access.read))
}

function dependsOnRow(rule: RuleNode): boolean {
  switch (rule.kind) {
    case 'owner':
    case 'where':
    case 'through':
      return true
    case 'anyOf':
    case 'allOf':
      return rule.rules.some(dependsOnRow)
    case 'not':
      return dependsOnRow(rule.rule)
    default:
      return false
  }
}

async function tryResource(
  context: AttackContext,
  resource: ResourceModel,
): Promise<readonly Cell[]> {
  const { model, service } = context
  const owner = await service.callers.member(1)
  const wish = wishFor(model, resource, resource.access.read, owner)
  const row = await service.rows.plant(resource, wish ?? anyRow)
  const children = new Map<string, Planted>()
  const cells: Cell[] = []
  for (const caller of await service.callers.everyKind()) {
    const attempt = { ...context, row, children, caller, headers: await caller.headers() }
    cells.push(...(await reads(attempt)), ...(await expansions(attempt)))
    cells.push(...(await changes(attempt)))
  }
  return cells
}

interface Attempt extends AttackContext {
  readonly row: Planted
  /** Rows that name it, by what they are like: two alike may be refused by a unique key. */
  readonly children: Map<string, Planted>
  readonly caller: Caller
  readonly headers: Readonly<Record<string, string>>
}

/** The row itself, the list that it is found in, and the lists below the rows that it names. */
async function reads(attempt: Attempt): Promise<readonly Cell[]> {
  const { model, row, caller } = attempt
  const { resource, id } = row
  const may = admits(model, resource.access.read, caller, row)
  const path = `${apiPath}/${resource.name}`
  const nested = Object.entries(row.parents).flatMap(([field, parent]) => {
    const inverse = [...parent.resource.inverses.values()].find(
      each => each.resource === resource.name && each.field === field,
    )
    return inverse === undefined
      ? []
      : [`${apiPath}/${parent.resource.name}/${parent.id}/${kebabCased(inverse.name)}?id=${id}`]
  })
  const paths = [`${path}/${id}`, `${path}?id=${id}`, `${path}?id[in]=${id}`, ...nested]
  return Promise.all(
    paths.map(async each => {
      const did = shows(await send(attempt, { path: each }), id)
      return {
        name: `GET ${each.replaceAll(id, '<id>').replaceAll(/[0-9a-f-]{36}/g, '<other>')}`,
        caller: caller.name,
        may,
        did,
      }
    }),
  )
}

/** Rows that the caller may read, planted to name the one that he may not. */
async function expansions(attempt: Attempt): Promise<readonly Cell[]> {
  const { model, row, caller } = attempt
  const may = admits(model, row.resource.access.read, caller, row)
  const cells: Cell[] = []
  for (const { child, field, wish } of namingsOf(model, row.resource, caller)) {
    const planted = await ifReached(childOf(attempt, child, field.name, wish))
    if (planted === null) continue
    const reply = await send(attempt, {
      path: `${apiPath}/${child.name}/${planted.id}?expand=${field.name}`,
    })
    cells.push(...(await listedBelow(attempt, planted, field.name)))
    if (reply.status !== 200) continue
    const name = `GET ${child.name}?expand=${field.name}`
    cells.push({ name, caller: caller.name, may, did: shows(reply, row.id) })
  }
  return [...cells, ...(await listedBelow(attempt, row, null))]
}

/**
 * The row in the lists below the rows that it names, and with `far` behind a link that names it.
 * Such a list has only so many rows: that the row is not in it says nothing.
 */
async function listedBelow(
  attempt: Attempt,
  planted: Planted,
  far: string | null,
): Promise<readonly Cell[]> {
  const { model, row, caller } = attempt
  const may = admits(model, row.resource.access.read, caller, row)
  const lists = Object.entries(planted.parents).flatMap(([field, parent]) =>
    [...parent.resource.inverses.values()]
      .filter(({ resource }) => resource === planted.resource.name)
      .filter(inverse => inverse.field === field && (inverse.across?.field ?? null) === far)
      .map(inverse => ({ parent, name: inverse.name })),
  )
  const cells = lists.map(async ({ parent, name }) => {
    const path = `${apiPath}/${parent.resource.name}/${parent.id}?expand=${name}`
    const did = shows(await send(attempt, { path }), row.id)
    const called = `GET ${parent.resource.name}?expand=${name}`
    return { name: called, caller: caller.name, may: may && did, did }
  })
  return Promise.all(cells)
}

async function childOf(
  { service, row, children }: Attempt,
  child: ResourceModel,
  field: string,
  wish: Wish,
): Promise<Planted> {
  const likeness = `${child.name} ${field} ${JSON.stringify(wish)}`
  const known = children.get(likeness)
  if (known !== undefined) return known
  const parents = { ...wish.parents, [field]: row }
  const planted = await service.rows.plant(child, { values: wish.values, parents })
  children.set(likeness, planted)
  return planted
}

/** Whoever may not change the row finds it as it was; others are left to other drills. */
async function changes(attempt: Attempt): Promise<readonly Cell[]> {
  const { model, row, caller, service, random } = attempt
  const { resource, id } = row
  const path = `${apiPath}/${resource.name}/${id}`
  const field = resource.fields.find(each => isWritable(each) && each.kind !== 'ref')
  const value = field === undefined ? null : createValues(random).value(field)
  const requests: readonly (Request & { readonly form: 'update' | 'delete' })[] = [
    ...(field === undefined
      ? []
      : [{ form: 'update', path, method: 'PATCH', body: { [field.name]: value } } as const]),
    { form: 'delete', path, method: 'DELETE' },
  ]
  const cells: Cell[] = []
  for (const { form, ...request } of requests) {
    const may = ['read' as const, form].every(each =>
      admits(model, resource.access[each], caller, row),
    )
    if (may) continue
    const before = await service.rows.stored(resource, id, 'version')
    await send(attempt, request)
    const did = (await service.rows.stored(resource, id, 'version')) !== before
    cells.push({ name: `${request.method} ${resource.name}`, caller: caller.name, may, did })
  }
  return cells
}

function send({ service, headers }: Attempt, request: Request): Promise<Reply> {
  return service.send({ ...request, headers })
}

/** Whether the answer holds the row, not only the id that was asked for. */
function shows({ status, text }: Reply, id: string): boolean {
  return status === 200 && text.includes(`"id":"${id}"`)
}
