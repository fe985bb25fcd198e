/** What there is a limited number of: commands that take from a number, and unique values. */

import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Service } from '../service.ts'
import { type Deed, deedsOf, prove, type Proven, provenBy } from './deeds.ts'
import { wireNumber } from './numbers.ts'
import { anyRow, type Planted } from './policy.ts'

/** A command that takes from a number of a row that its input names. */
interface Take {
  readonly proven: Proven
  readonly resource: ResourceModel
  readonly field: FieldModel
  /** How much one modest request takes. */
  readonly each: number
}

/** A create whose row has a value, or several together, that no other row may have. */
interface Exclusive {
  readonly deed: Deed
  readonly resource: ResourceModel
  readonly fields: readonly string[]
}

/** Commands whose input names a row with a number; whether they take from it a try will tell. */
export function commandsOnNumbers(model: Model): readonly Deed[] {
  return deedsOf(model).filter(
    ({ kind, fields }) => kind === 'command' && targetsWithNumbers(model, fields).length > 0,
  )
}

function targetsWithNumbers(model: Model, fields: readonly FieldModel[]): readonly ResourceModel[] {
  const targets = fields.flatMap(({ kind, target, members }) => {
    const resource = kind === 'ref' ? model.resources.get(target ?? '') : undefined
    const isFit = resource !== undefined && !resource.identity && numbersOf(resource).length > 0
    return [...(isFit ? [resource] : []), ...targetsWithNumbers(model, members ?? [])]
  })
  return [...new Set(targets)]
}

function numbersOf({ fields }: ResourceModel): readonly FieldModel[] {
  const kinds = ['integer', 'bigint', 'decimal']
  return fields.filter(({ kind, system }) => kinds.includes(kind) && !system)
}

/** Runs each command once and looks which number became less. */
export async function findTakes(service: Service, model: Model): Promise<readonly Take[]> {
  const takes: Take[] = []
  for (const deed of commandsOnNumbers(model)) {
    const proven = await provenBy(service, model, deed, 1)
    for (const resource of targetsWithNumbers(model, deed.fields)) {
      const row = await service.rows.plant(resource)
      const [body] = await proven.inputs(1)
      const headers = await proven.caller.headers()
      const named = naming(deed.fields, body!, row)
      const reply = await service.send({ path: deed.path, body: named, headers })
      if (reply.outcome !== 'ok') continue
      for (const field of numbersOf(resource)) {
        const stored = Number(await service.rows.stored(resource, row.id, field.name))
        const each = Number(row.values[field.name]) - stored
        if (each > 0) takes.push({ proven, resource, field, each })
      }
    }
  }
  return takes
}

/** A row that has exactly enough for that many requests. */
export function plantSeats(service: Service, take: Take, seats: number): Promise<Planted> {
  const value = wireNumber(take.field, seats * take.each)
  return service.rows.plant(take.resource, { ...anyRow, values: { [take.field.name]: value } })
}

/** The input, with the row in every place where one of its resource is named. */
export function naming(
  fields: readonly FieldModel[],
  input: Readonly<Record<string, unknown>>,
  row: Planted,
): Record<string, unknown> {
  const entries = Object.entries(input).map(([name, value]) => {
    const field = fields.find(each => each.name === name)
    return [name, field === undefined ? value : namedIn(field, value, row)] as const
  })
  return Object.fromEntries(entries)
}

function namedIn(field: FieldModel, value: unknown, row: Planted): unknown {
  const { kind, target, members } = field
  if (kind === 'ref') return target === row.resource.name ? row.id : value
  if (kind === 'list' && Array.isArray(value)) {
    const [single] = members ?? []
    const isScalar = members?.length === 1 && single?.name === ''
    return value.map(item => (isScalar ? namedIn(single, item, row) : inside(members, item, row)))
  }
  return kind === 'object' ? inside(members, value, row) : value
}

function inside(members: FieldModel['members'], value: unknown, row: Planted): unknown {
  return typeof value === 'object' && value !== null
    ? naming(members ?? [], { ...value }, row)
    : value
}

/** Creates of rows with a unique field or a unique index whose fields are all given. */
export function exclusivesOf(model: Model): readonly Exclusive[] {
  return deedsOf(model)
    .filter(({ kind }) => kind === 'create')
    .flatMap(deed => {
      const resource = deed.resource!
      const index = resource.indexes.find(
        ({ unique, origin, columns }) =>
          unique &&
          origin !== 'primary' &&
          columns.every(({ field }) => deed.fields.some(({ name }) => name === field)),
      )
      const fields = index?.columns.map(({ field }) => field)
      return fields === undefined ? [] : [{ deed, resource, fields }]
    })
}

/** The first that can be done. Rejects as `prove` does. */
export async function proveExclusive(
  service: Service,
  model: Model,
): Promise<readonly [exclusive: Exclusive, proven: Proven]> {
  const exclusives = exclusivesOf(model)
  const proven = await prove(
    service,
    model,
    exclusives.map(({ deed }) => deed),
  )
  return [exclusives.find(({ deed }) => deed === proven.deed)!, proven]
}
