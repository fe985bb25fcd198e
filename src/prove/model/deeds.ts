/** What somebody can do to a backend: creates and commands, with inputs that they take. */

import { apiPath } from '../../model/names.ts'
import type { CommandModel, FieldModel, Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Reply } from '../http.ts'
import type { Service } from '../service.ts'
import { inputOf, type Recipe } from './values.ts'
import { type Actor, isPlanted, type Wish, wishFor } from './policy.ts'

/** Something that a caller may POST and that has an effect. */
export interface Deed {
  /** `products.create` or `checkout`. */
  readonly name: string
  readonly kind: 'create' | 'command'
  readonly path: string
  /** Who may, by the declaration: `anonymous`, `member` or a role. */
  readonly part: string
  readonly fields: readonly FieldModel[]
  /** The resource that is created, or that the command answers. */
  readonly resource: ResourceModel | null
}

/** A deed that was done once, by an account that may. */
export interface Proven {
  readonly deed: Deed
  readonly caller: Caller
  /** How to make more inputs, in whatever process. */
  readonly recipe: () => Promise<Recipe>
  /** Inputs like the one that worked. */
  readonly inputs: (count: number) => Promise<readonly Record<string, unknown>[]>
}

/** A caller who is not there yet, to ask a model whether anybody may. */
const somebody = '00000000-0000-4000-8000-000000000001'

/** The parts that callers can play, those with the least rights first. */
export function partsOf(model: Model): readonly (readonly [part: string, actor: Actor])[] {
  const anonymous = ['anonymous', { id: null, roles: [] }] as const
  if (model.identity === null) return [anonymous]
  const roles = model.identity.roles.map(role => [role, { id: somebody, roles: [role] }] as const)
  return [anonymous, ['member', { id: somebody, roles: [] }], ...roles]
}

/** What a model must have for drills that do something; null where it is there. */
export function lacksDeed(model: Model): string | null {
  return deedsOf(model).length > 0
    ? null
    : 'nobody who is signed in may create a row or run a command'
}

/** Every create and every command that somebody may do; for each the part with the least rights. */
export function deedsOf(model: Model, among: 'anybody' | 'signed in' = 'signed in'): Deed[] {
  const parts = partsOf(model).filter(([, { id }]) => among === 'anybody' || id !== null)
  const creates = [...model.resources.values()]
    .filter(({ identity }) => !identity)
    .flatMap(resource => {
      const rule = resource.access.create
      const part = parts.find(([, actor]) => wishFor(model, resource, rule, actor) !== null)
      return part === undefined ? [] : [createDeed(resource, part[0])]
    })
  const commands = [...model.commands.values()].flatMap(command => {
    const part = parts.find(([, actor]) => mayCommand(model, command, actor))
    return part === undefined ? [] : [commandDeed(model, command, part[0])]
  })
  return [...creates, ...commands]
}

function createDeed(resource: ResourceModel, part: string): Deed {
  const { name } = resource
  const fields = resource.fields.filter(field => !field.system && !field.readOnly)
  const path = `${apiPath}/${name}`
  return { name: `${name}.create`, kind: 'create', path, part, fields, resource }
}

function commandDeed(model: Model, command: CommandModel, part: string): Deed {
  const { name, input, output } = command
  const resource = output.kind === 'resource' ? model.resources.get(output.resource)! : null
  return { name, kind: 'command', path: `${apiPath}/${name}`, part, fields: input, resource }
}

/** The rules of commands look at no row. */
function mayCommand(model: Model, { access }: CommandModel, actor: Actor): boolean {
  const [resource] = model.resources.values()
  return resource !== undefined && wishFor(model, resource, access, actor) !== null
}

/**
 * Tries the deeds in turn until one is done. Rejects with what each was answered when none is: then
 * the drill knows nothing of this backend.
 */
export async function prove(
  service: Service,
  model: Model,
  deeds: readonly Deed[],
): Promise<Proven> {
  const refusals: string[] = []
  for (const deed of deeds) {
    const proven = await provenBy(service, model, deed, 1)
    const [body] = await proven.inputs(1)
    const reply = await service.send({
      path: deed.path,
      body,
      headers: await proven.caller.headers(),
    })
    if (reply.outcome === 'ok') return proven
    refusals.push(`${deed.name} was answered ${told(reply)}`)
  }
  throw new Error(`nothing could be done that was to be attacked: ${refusals.join('; ')}`)
}

/** A create and a command, as far as there are both. Rejects as `prove` does. */
export async function proveEachKind(service: Service, model: Model): Promise<readonly Proven[]> {
  const deeds = deedsOf(model)
  const kinds = (['create', 'command'] as const)
    .map(kind => deeds.filter(deed => deed.kind === kind))
    .filter(some => some.length > 0)
  return Promise.all(kinds.map(some => prove(service, model, some)))
}

/** The same deed by another account of the same part. */
export async function provenBy(
  service: Service,
  model: Model,
  deed: Deed,
  number: number,
): Promise<Proven> {
  const caller = await service.callers.as(deed.part, number)
  const recipe = () => recipeFor(service, model, deed, caller)
  const inputs = async (count: number) => {
    const made = await recipe()
    return Array.from({ length: count }, (_, at) => inputOf(made, at))
  }
  return { deed, caller, recipe, inputs }
}

async function recipeFor(
  { rows }: Service,
  model: Model,
  { kind, resource, fields }: Deed,
  caller: Caller,
): Promise<Recipe> {
  if (kind === 'command' || resource === null) return rows.recipe(fields)
  const wish = wishFor(model, resource, resource.access.create, caller)
  if (wish === null) throw new Error(`${caller.name} may not create ${resource.name}`)
  return rows.recipe(fields, await valuesOf(wish, resource, model, rows))
}

/** What an input must say for the wish to come true: rows that it refers to are planted. */
async function valuesOf(
  { values, parents }: Wish,
  resource: ResourceModel,
  model: Model,
  rows: Service['rows'],
): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = { ...values }
  for (const [name, wish] of Object.entries(parents)) {
    const target = model.resources.get(resource.field.get(name)!.target!)!
    given[name] = isPlanted(wish) ? wish.id : (await rows.plant(target, wish)).id
  }
  return given
}

/** An answer in a few words. */
export function told({ status, code, text }: Reply): string {
  return `${status ?? 'nothing'} ${code ?? ''} ${text.slice(0, 200)}`.trim()
}
