/** Fields that somebody may not read, and every question whose answer could tell their values. */

import { apiPath, kebabCased } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Reply } from '../http.ts'
import type { Random } from '../random.ts'
import type { Service } from '../service.ts'
import { admits, type Planted, type Wish } from './policy.ts'
import { createValues } from './values.ts'

/** Two questions that only the value of the field tells apart. */
interface Riddle {
  readonly name: string
  readonly paths: readonly [string, string]
}

/** One to guess at, and others beside it. */
const rowsWanted = 3

export function fieldsWithReaders({ fields }: ResourceModel): readonly FieldModel[] {
  return fields.filter(({ access }) => access.read !== null)
}

/** Rows that the caller may read, each with secrets of its own. */
export async function plantSecrets(
  { rows }: Service,
  random: Random,
  resource: ResourceModel,
  wish: Wish,
): Promise<readonly Planted[]> {
  const values = createValues(random)
  const planted = new Map<string, Planted>()
  for (let count = 0; count < rowsWanted; count++) {
    const secrets = fieldsWithReaders(resource)
      .filter(({ name, kind }) => kind !== 'ref' && wish.values[name] === undefined)
      .map(field => [field.name, values.value(field)])
    const own: Readonly<Record<string, unknown>> = Object.fromEntries(secrets)
    const row = await rows.plant(resource, { ...wish, values: { ...own, ...wish.values } })
    planted.set(row.id, row)
  }
  return [...planted.values()]
}

/** The fields of the row that the rules hide from the caller. */
export function hiddenFrom(model: Model, caller: Caller, row: Planted): readonly FieldModel[] {
  return fieldsWithReaders(row.resource).filter(
    ({ access }) => !admits(model, access.read!, caller, row),
  )
}

/** Of a row that names the one with the secrets. */
export interface Reference {
  /** Of the field. */
  readonly name: string
  readonly path: string
}

/** Where the row's fields are shown, the hidden one asked for by name as well. */
export function showingPaths(
  { resource, id, parents }: Planted,
  { name }: FieldModel,
  references: readonly Reference[],
): readonly string[] {
  const path = `${apiPath}/${resource.name}`
  const nested = Object.entries(parents).flatMap(([field, parent]) =>
    [...parent.resource.inverses.values()]
      .filter(each => each.resource === resource.name && each.field === field)
      .flatMap(inverse => [
        `${apiPath}/${parent.resource.name}/${parent.id}/${kebabCased(inverse.name)}?id=${id}`,
        `${apiPath}/${parent.resource.name}/${parent.id}?expand=${inverse.name}`,
        `${apiPath}/${parent.resource.name}/${parent.id}?expand=${inverse.name}&fields=${inverse.name}.${name}`,
      ]),
  )
  return [
    `${path}/${id}`,
    `${path}/${id}?fields=id,${name}`,
    `${path}/${id}?expand=${name}`,
    `${path}?id=${id}`,
    `${path}?id=${id}&fields=id,${name}`,
    `${path}/aggregate?id=${id}&group=${name}`,
    `${path}/aggregate?id=${id}&select=min(${name}),max(${name})`,
    `${path}/aggregate?id=${id}&select=sum(${name})`,
    ...nested,
    ...references.flatMap(reference => {
      const expanded = `${reference.path}?expand=${reference.name}`
      return [expanded, `${expanded}&fields=${reference.name}.${name}`]
    }),
  ]
}

/** Lists and figures in the order of the hidden values, which tells them. */
export function sortedPaths(resource: ResourceModel, { name }: FieldModel): readonly string[] {
  const path = `${apiPath}/${resource.name}`
  const figures = ['count', 'min', 'max', 'sum'].map(
    figure => `${path}/aggregate?group=id&select=count()&sort=${figure}(${name})&limit=1`,
  )
  return [`${path}?sort=${name}&limit=1&fields=id`, ...figures]
}

/** For each operator the right value and a wrong one, in a list and in figures. */
export function riddlesOf(
  { resource, id, values }: Planted,
  field: FieldModel,
  random: Random,
): readonly Riddle[] {
  const right = values[field.name]
  if (right === undefined || right === null) return []
  const { name } = field
  const pairs: (readonly [string, unknown, unknown])[] = [[`${name}[isNull]`, 'true', 'false']]
  const wrong = otherThan(field, right, random)
  if (wrong !== null) {
    pairs.push([name, right, wrong], [`${name}[in]`, right, wrong], [`${name}[ne]`, right, wrong])
  }
  if (typeof right === 'string' && field.kind === 'text') {
    const [first = ''] = right
    pairs.push(
      [`${name}[startsWith]`, first, first === '~' ? '!' : '~'],
      [`${name}[contains]`, right, `${right}~`],
    )
  }
  if (field.kind === 'document')
    pairs.push([`${name}.note`, Reflect.get(Object(right), 'note'), 'another'])
  const ordered = ['integer', 'bigint', 'decimal', 'date', 'timestamp', 'text'].includes(field.kind)
  if (ordered && wrong !== null) pairs.push([`${name}[lte]`, right, least(field)])
  const figures: typeof pairs = [[`count(${name})[gte]`, 1, 2]]
  if (ordered && wrong !== null) figures.push([`min(${name})[lte]`, right, least(field)])
  const asked = (place: string, [parameter, one, other]: (typeof pairs)[number]): Riddle => {
    const path = `${apiPath}/${resource.name}${place}?id=${id}&${parameter}=`
    return {
      name: `${place} ${parameter}`.trim(),
      paths: [
        `${path}${encodeURIComponent(String(one))}`,
        `${path}${encodeURIComponent(String(other))}`,
      ],
    }
  }
  return [
    ...pairs.map(pair => asked('', pair)),
    ...[...pairs, ...figures].map(pair => asked('/aggregate', pair)),
  ]
}

function least({ kind }: FieldModel): unknown {
  if (kind === 'date') return '0001-01-01'
  if (kind === 'timestamp') return '0001-01-01T00:00:00Z'
  return kind === 'text' ? '' : '-1'
}

function otherThan(field: FieldModel, right: unknown, random: Random): unknown {
  const { kind, values } = field
  if (kind === 'boolean') return right !== true
  if (kind === 'choice') return values?.find(each => each !== right) ?? null
  if (kind === 'integer' || kind === 'bigint' || kind === 'decimal')
    return String(Number(right) + 1)
  if (kind === 'document' || kind === 'list' || kind === 'object') return null
  return createValues(random).value(field)
}

/** Whether the answer holds a value of the field of one of the rows. */
export function tells(
  { status, json, text }: Reply,
  { name }: FieldModel,
  rows: readonly Planted[],
): boolean {
  if (status === null || status >= 300) return false
  const telling = rows.some(({ values }) => {
    const value = values[name]
    return typeof value === 'string' && value.length >= 8 && text.includes(value)
  })
  const ids = new Set<unknown>(rows.map(({ id }) => id))
  return telling || holds(json, name, ids)
}

function holds(json: unknown, name: string, ids: ReadonlySet<unknown>): boolean {
  if (typeof json !== 'object' || json === null) return false
  if (Array.isArray(json)) return json.some((each: unknown) => holds(each, name, ids))
  const id: unknown = Reflect.get(json, 'id')
  const value: unknown = Reflect.get(json, name)
  const isOurs = id === undefined || ids.has(id)
  if (isOurs && value !== undefined && value !== null) return true
  return Object.values(json).some((each: unknown) => holds(each, name, ids))
}
