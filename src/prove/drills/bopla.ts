/** Fields that somebody may not write are sent along; those that he may not read are guessed. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import { drill } from '../drill.ts'
import type { Reply, Request } from '../http.ts'
import { partsOf } from '../model/deeds.ts'
import {
  type Endpoint,
  endpointsOf,
  endpointWish,
  requestFor,
  stepFor,
} from '../model/endpoints.ts'
import { namingsOf, wishNaming } from '../model/namings.ts'
import { admits, type Planted, type Wish, wishFor } from '../model/policy.ts'
import {
  fieldsWithReaders,
  hiddenFrom,
  plantSecrets,
  type Reference,
  riddlesOf,
  showingPaths,
  sortedPaths,
  tells,
} from '../model/secrets.ts'
import { createValues } from '../model/values.ts'

type Fault = 'taken' | 'shown' | 'guessed' | 'withheld'

interface Cell {
  readonly name: string
  readonly fault: Fault | null
}

export default drill({
  id: 'bopla',
  group: 'security',
  promise: 'security.policy',
  reach: 'plants',
  claim: 'Fields that the rules withhold can be neither set nor read nor guessed, on any path',
  explained: {
    does: 'sends every withheld field, and names that columns might have, along with every write; asks for hidden fields by name, filter, order, conditions on figures, and from related rows on both sides; counts what was taken, shown, or could be guessed from answers that differ',
    bar: 'no withheld field is set, shown or told, and none is kept from whom it is for',
    asks: 'a row that somebody may write, or a hidden field',
    seconds: 8,
  },
  needs: model =>
    [...model.resources.values()].some(each => isAttackable(model, each))
      ? null
      : 'nobody may write a row, and no field is hidden from anybody',
  async attack(context) {
    const { model, service, progress } = context
    const cells: Cell[] = [...(await trySignUp(context))]
    for (const caller of await service.callers.everyKind()) {
      progress(`${caller.name} tries every field`)
      for (const resource of model.resources.values()) {
        cells.push(...(await tryWrites(context, caller, resource)))
        cells.push(...(await tryReads(context, caller, resource)))
      }
    }
    const count = (fault: Fault) => cells.filter(each => each.fault === fault).length
    const faulty = cells.filter(({ fault }) => fault !== null)
    return {
      attack: 'every withheld field in every write, and every question that could tell one',
      size: cells.length,
      inFlight: null,
      figures: {
        tries: cells.length,
        taken: count('taken'),
        shown: count('shown'),
        guessed: count('guessed'),
        wronglyWithheld: count('withheld'),
        found:
          faulty
            .slice(0, 4)
            .map(({ name }) => name)
            .join(', ') || 'nothing',
      },
    }
  },
  judge: ({ taken, shown, guessed, wronglyWithheld, found }) => [
    ...(taken === 0 ? [] : [`${taken} writes with a withheld field were not refused: ${found}`]),
    ...(shown === 0 ? [] : [`${shown} answers showed a hidden field: ${found}`]),
    ...(guessed === 0 ? [] : [`${guessed} answers depend on a hidden value: ${found}`]),
    ...(wronglyWithheld === 0
      ? []
      : [`${wronglyWithheld} fields are withheld from whom they are for: ${found}`]),
  ],
})

function isAttackable(model: Model, resource: ResourceModel): boolean {
  const writes = endpointsOf(model).filter(
    each => each.resource === resource && (each.form === 'create' || each.form === 'update'),
  )
  const isWritten = partsOf(model).some(([, actor]) =>
    writes.some(each => endpointWish(model, each, actor) !== null),
  )
  return isWritten || fieldsWithReaders(resource).length > 0
}

/** Names that columns or careless code could have. */
const strangers = ['isAdmin', 'admin', 'role', 'passwordHash', 'password_hash', 'hash', 'owner_id']

/** What must not be in a body: fields that are not the caller's to write, and what is no field. */
function withheldFrom(
  { model, random }: AttackContext,
  { form, resource }: Endpoint,
  caller: Caller,
  row: Planted | null,
): readonly (readonly [name: string, value: unknown])[] {
  const { fields } = resource!
  const values = createValues(random)
  const isWithheld = (field: FieldModel) => {
    const { system, readOnly, access } = field
    if (readOnly || (system && form !== 'create')) return true
    if (access.write === null || form === 'create') return false
    return row === null
      ? wishFor(model, resource!, access.write, caller) === null
      : !admits(model, access.write, caller, row)
  }
  const columns = fields.filter(
    ({ name, column }) => name !== column && !resource!.field.has(column),
  )
  return [
    ...fields.filter(isWithheld).map(field => [field.name, values.value(field)] as const),
    ...fields
      .filter(({ access }) => form === 'create' && access.write !== null)
      .filter(({ access }) => wishFor(model, resource!, access.write!, caller) === null)
      .map(field => [field.name, values.value(field)] as const),
    ...columns.map(field => [field.column, values.value(field)] as const),
    ...strangers.filter(name => !resource!.field.has(name)).map(name => [name, true] as const),
  ]
}

async function tryWrites(
  context: AttackContext,
  caller: Caller,
  resource: ResourceModel,
): Promise<readonly Cell[]> {
  const { model, service } = context
  const cells: Cell[] = []
  const writes = endpointsOf(model).filter(
    each => each.resource === resource && each.fields.length > 0,
  )
  for (const endpoint of writes) {
    const wish = endpointWish(model, endpoint, caller)
    if (wish === null) continue
    const row = endpoint.form === 'create' ? null : await service.rows.plant(resource, wish)
    const headers = await caller.headers()
    const input = endpoint.form === 'update' ? {} : await inputFor(context, endpoint, wish)
    const tried = withheldFrom(context, endpoint, caller, row).flatMap(([name, value]) => {
      const body = { ...input, [name]: value }
      const id = row?.id ?? ''
      const batch = {
        path: `${apiPath}/batch`,
        body: { operations: [stepFor(endpoint, id, body)] },
      }
      return [requestFor(endpoint, id, body), batch].map(async request => {
        const reply = await service.send({ ...request, headers })
        const fault = wasTaken(reply) ? ('taken' as const) : null
        return { name: `${caller.name}: ${endpoint.name} with ${name}`, fault }
      })
    })
    cells.push(...(await Promise.all(tried)))
  }
  return cells
}

function inputFor({ service }: AttackContext, { fields }: Endpoint, { values }: Wish) {
  const given = Object.entries(values).filter(([name]) => fields.some(each => each.name === name))
  return service.rows.input(fields, Object.fromEntries(given))
}

/** Refused is refused by a problem of the caller's; what is ignored without a word is not. */
function wasTaken({ status, json }: Reply): boolean {
  const results: unknown = Object(json).results
  const [first]: readonly unknown[] = Array.isArray(results) ? results : []
  const own: unknown = first === undefined ? status : Object(first).status
  return typeof own !== 'number' || own < 400 || own >= 500
}

/** Whoever signs up gives himself no role. */
async function trySignUp({ model, service, random }: AttackContext): Promise<readonly Cell[]> {
  const { identity } = model
  if (identity === null || identity.signUp !== 'open') return []
  const users = model.resources.get(identity.resource)!
  const declared = users.fields.filter(field => !field.system && !field.readOnly)
  const fields = await service.rows.input(declared)
  const headers = await service.callers.anonymous.headers()
  const extras: readonly (readonly [string, unknown])[] = [
    ['roles', identity.roles.slice(0, 1)],
    ['id', random.uuid()],
    ['version', 7],
    ['createdAt', new Date(0).toISOString()],
    ...strangers.map(name => [name, true] as const),
  ]
  const tried = extras.map(async ([name, value]) => {
    const account = { email: `${random.word(12)}@prove.example`, password: `${random.word(14)}-P1` }
    const request: Request = {
      path: '/auth/sign-up',
      body: { ...fields, ...account, [name]: value },
    }
    const reply = await service.send({ ...request, headers })
    return { name: `sign-up with ${name}`, fault: wasTaken(reply) ? ('taken' as const) : null }
  })
  return Promise.all(tried)
}

async function tryReads(
  context: AttackContext,
  caller: Caller,
  resource: ResourceModel,
): Promise<readonly Cell[]> {
  const { model, service, random } = context
  const wish = wishFor(model, resource, resource.access.read, caller)
  if (wish === null || fieldsWithReaders(resource).length === 0) return []
  const rows = await plantSecrets(service, random, resource, wish)
  const headers = await caller.headers()
  const ask = (path: string) => service.send({ path, headers })
  const [row] = rows
  const through = await plantReferences(context, caller, row!)
  const cells: Cell[] = []
  for (const field of fieldsWithReaders(resource)) {
    const name = `${caller.name}: ${resource.name}.${field.name}`
    if (!hiddenFrom(model, caller, row!).includes(field)) {
      const reply = await ask(`${apiPath}/${resource.name}/${row!.id}`)
      const isEmpty = (row!.values[field.name] ?? null) === null
      const isShown = isEmpty || tells(reply, field, rows)
      cells.push({ name, fault: isShown ? null : 'withheld' })
      continue
    }
    for (const path of showingPaths(row!, field, through)) {
      const isTold = tells(await ask(path), field, rows)
      cells.push({ name: `${name} at ${path}`, fault: isTold ? 'shown' : null })
    }
    for (const { name: riddle, paths } of riddlesOf(row!, field, random)) {
      const [one, other] = await Promise.all(paths.map(ask))
      const isSame = one!.status === other!.status && dataOf(one!) === dataOf(other!)
      cells.push({ name: `${name} by ${riddle}`, fault: isSame ? null : 'guessed' })
    }
    for (const path of sortedPaths(resource, field)) {
      const isSorted = (await ask(path)).status === 200
      cells.push({ name: `${name} by ${path}`, fault: isSorted ? 'guessed' : null })
    }
  }
  return cells
}

/** Paths of rows that name this one and that the caller may read, with it in its place. */
async function plantReferences(
  { model, service: { rows } }: AttackContext,
  caller: Caller,
  row: Planted,
): Promise<readonly Reference[]> {
  const references: Reference[] = []
  for (const naming of namingsOf(model, row.resource, caller)) {
    const { child, field } = naming
    const { id } = await rows.plant(child, wishNaming(naming, row))
    references.push({ name: field.name, path: `${apiPath}/${child.name}/${id}` })
  }
  return references
}

function dataOf({ status, json }: Reply): string {
  return status === 200 ? JSON.stringify(Object(json).data) : ''
}
