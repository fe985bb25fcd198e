/** Ways to a row, or to what is in it, other than to ask for it: of use to a narrow API key. */

import { apiPath } from '../../model/names.ts'
import type { FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import type { Caller } from '../callers.ts'
import type { Reply, Request } from '../http.ts'
import { type Deed, deedsOf, provenBy } from './deeds.ts'
import { type Planted, wishFor } from './policy.ts'
import { hungFor } from './relations.ts'
import { isWritable } from './values.ts'

/** The same request, sent with the rights of different keys of one account. */
export interface Roundabout {
  readonly name: string
  readonly caller: Caller
  /** What it takes by the declaration. */
  readonly full: readonly string[]
  /** Less: what is behind the way is not in it. */
  readonly narrow: readonly string[]
  readonly request: Request
  /** Whether the answer shows what is behind the way, or says that it was used. */
  readonly isThrough: (reply: Reply) => boolean
}

type Step = Readonly<Record<string, unknown>>

const batchPath = `${apiPath}/batch`
const atomics = [false, true] as const
const read = ({ name }: ResourceModel): string => `${name}.read`

/** Rows that hang on others, asked for with those: alone, in lists, in batches, after a change. */
export async function expansions(
  { model, service }: AttackContext,
  caller: Caller,
): Promise<readonly Roundabout[]> {
  const found: Roundabout[] = []
  for (const { child, parent, field, below } of await hungFor(service, model, caller)) {
    found.push(...expanding({ model, caller, from: child, expand: field.name, to: parent }))
    for (const { name, across } of below) {
      const far = across === null ? child : child.parents[across.field]
      if (far === undefined) continue
      const over = across === null ? [] : [read(child.resource)]
      found.push(...expanding({ model, caller, from: parent, expand: name, to: far, over }))
    }
  }
  return found
}

interface Expansion {
  readonly model: Model
  readonly caller: Caller
  readonly from: Planted
  readonly expand: string
  readonly to: Planted
  /** The scopes of links in between. */
  readonly over?: readonly string[]
}

function expanding(expansion: Expansion): readonly Roundabout[] {
  const { model, caller, from, expand, to, over = [] } = expansion
  const { resource, id } = from
  if (resource === to.resource) return []
  const path = `${apiPath}/${resource.name}`
  const query = { expand }
  const reading = { operation: `${resource.name}.read`, id, query }
  const update = `${resource.name}.update`
  const mayUpdate = wishFor(model, resource, resource.access.update, caller) !== null
  const ways: readonly (readonly [says: string, request: Request, besides: readonly string[]])[] = [
    ['row', { path: `${path}/${id}?expand=${expand}` }, []],
    ['list', { path: `${path}?id=${id}&expand=${expand}` }, []],
    ...atomics.map(atomic => [`batch${told(atomic)}`, batchOf([reading], atomic), []] as const),
    ...(mayUpdate
      ? [
          [
            'change',
            { path: `${path}/${id}?expand=${expand}`, method: 'PATCH', body: {} },
            [update],
          ] as const,
        ]
      : []),
  ]
  return ways.map(([says, request, besides]) => {
    const narrow = [read(resource), ...over, ...besides]
    const name = `${says} of ${resource.name}, expand=${expand}`
    const full = [...narrow, read(to.resource)]
    return { name, caller, full, narrow, request, isThrough: reply => shows(reply, to.id) }
  })
}

/** What a key may change but not read is taken from the answer by a later step of the batch. */
export async function references(
  { model, service }: AttackContext,
  caller: Caller,
): Promise<readonly Roundabout[]> {
  const found: Roundabout[] = []
  for (const resource of model.resources.values()) {
    const { access, name } = resource
    if (resource.identity || wishFor(model, resource, access.update, caller) === null) continue
    const wish = wishFor(model, resource, access.read, caller)
    if (wish === null) continue
    const update = `${name}.update`
    const first = {
      operation: update,
      id: (await service.rows.plant(resource, wish)).id,
      input: {},
    }
    const field = copied(resource)
    const steps: readonly (readonly [says: string, second: Step])[] = [
      ['the version', { ...first, ifMatch: { $ref: '0/version' } }],
      ...(field === undefined
        ? []
        : [
            [
              `"${field.name}"`,
              { ...first, input: { [field.name]: { $ref: `0/${field.name}` } } },
            ] as const,
          ]),
    ]
    for (const [says, second] of steps) {
      for (const atomic of atomics) {
        found.push({
          name: `${says} of ${name} by $ref${told(atomic)}`,
          caller,
          full: [update, read(resource)],
          narrow: [update],
          request: batchOf([first, second], atomic),
          isThrough: reply => statusAt(reply, 1) < 300,
        })
      }
    }
  }
  return found
}

/** A value that can be written as it was read. */
function copied(resource: ResourceModel): FieldModel | undefined {
  const plain = new Set(['text', 'integer', 'decimal', 'choice', 'boolean'])
  return resource.fields.find(
    field =>
      isWritable(field) && plain.has(field.kind) && !field.optional && field.access.read === null,
  )
}

/** What was done with all rights is asked for once more, under its idempotency key. */
export async function replays(
  { model, service, random }: AttackContext,
  number: number,
): Promise<readonly Roundabout[]> {
  const found: Roundabout[] = []
  for (const deed of deedsOf(model)) {
    const shown = deed.resource
    if (shown === null) continue
    const { caller, inputs } = await provenBy(service, model, deed, number)
    const headers = () => ({ 'idempotency-key': `"${random.word(24)}"` })
    const operation = { operation: deed.name, input: (await inputs(1))[0]! }
    const own = { caller, full: [deed.name, read(shown)], narrow: [deed.name] }
    const alone = { path: deed.path, body: operation.input, headers: headers() }
    found.push({ ...own, name: `replay of ${deed.name}`, request: alone, isThrough: showsAny })
    found.push(...expandedReplays({ model, deed, caller, request: alone }, headers))
    for (const atomic of atomics) {
      const request = { ...batchOf([operation], atomic), headers: headers() }
      const name = `replay of ${deed.name} in a batch${told(atomic)}`
      found.push({ ...own, name, request, isThrough: showsAny })
    }
  }
  return found
}

interface Replayed {
  readonly model: Model
  readonly deed: Deed
  readonly caller: Caller
  readonly request: Request
}

/** The new row with others that hang on it: in the answer of a create, and of a later step. */
function expandedReplays(
  { model, deed, caller, request }: Replayed,
  headers: () => Readonly<Record<string, string>>,
): readonly Roundabout[] {
  const { kind, name, path } = deed
  const resource = deed.resource!
  const narrow = [name, read(resource)]
  const making = { operation: name, input: request.body }
  return expandableIn(model, resource).flatMap(([expand, target]) => {
    const holds = new RegExp(`"${expand}":\\[?\\{"`)
    const shared = {
      caller,
      full: [...narrow, read(target)],
      narrow,
      isThrough: ({ text }: Reply) => holds.test(text),
    }
    const reading = {
      operation: `${resource.name}.read`,
      id: { $ref: '0/id' },
      query: { expand },
    }
    const later = { ...batchOf([making, reading], true), headers: headers() }
    const alone = { ...request, path: `${path}?expand=${expand}`, headers: headers() }
    return [
      { ...shared, name: `replay of ${name} and a read, expand=${expand}`, request: later },
      ...(kind === 'create'
        ? [{ ...shared, name: `replay of ${name}, expand=${expand}`, request: alone }]
        : []),
    ]
  })
}

/** Names that a row can be expanded by, with whose rows they show; links take one scope more. */
function expandableIn(
  model: Model,
  resource: ResourceModel,
): readonly (readonly [name: string, target: ResourceModel])[] {
  const named = [
    ...resource.fields.filter(({ system }) => !system).map(({ name, target }) => [name, target]),
    ...[...resource.inverses.values()]
      .filter(({ across }) => across === null)
      .map(inverse => [inverse.name, inverse.resource]),
  ] as const
  return named.flatMap(([name, target]) => {
    const shown = model.resources.get(target ?? '')
    return shown === undefined || shown === resource ? [] : [[name!, shown] as const]
  })
}

function batchOf(operations: readonly Step[], atomic: boolean): Request {
  return { path: batchPath, body: { operations, atomic } }
}

function told(atomic: boolean): string {
  return atomic ? ', atomic' : ''
}

/** Whether the answer holds the row, not only a reference to it. */
function shows({ status, text }: Reply, id: string): boolean {
  return status !== null && status < 300 && text.includes(`"id":"${id}"`)
}

function showsAny({ status, text }: Reply): boolean {
  return status !== null && status < 300 && /"id":"[0-9a-f-]{36}"/.test(text)
}

/** Of a step; what failed as a whole has none that worked. */
function statusAt({ status, json }: Reply, at: number): number {
  const results: unknown = Reflect.get(Object(json), 'results')
  const step: unknown = Array.isArray(results) ? results[at] : undefined
  return status === 200 ? Number(Reflect.get(Object(step), 'status')) : Number.NaN
}
