/** Accounts to attack with: nobody, members, and some of each role; made when asked for. */

import type { Model } from '../model/model.ts'
import { memberOf, type Reply, type Sender } from './http.ts'
import { createValues, type Values } from './model/values.ts'
import { patiently } from './patience.ts'
import type { Random } from './random.ts'
import { OutOfReach } from './reach.ts'
import type { Settings, Site } from './site.ts'

export interface Caller {
  /** `anonymous`, `member 1`, `staff 1`. */
  readonly name: string
  /** Null for nobody in particular. */
  readonly id: string | null
  readonly email: string | null
  readonly password: string | null
  readonly roles: readonly string[]
  /** What a request of the caller carries: an access token that is still good, and an address. */
  headers(): Promise<Readonly<Record<string, string>>>
}

export interface Callers {
  readonly anonymous: Caller
  /** Without a role; the same number is the same account. */
  member(number?: number): Promise<Caller>
  /** With this role alone; the same number is the same account. */
  withRole(role: string, number?: number): Promise<Caller>
  /** `anonymous`, `member` or a role. */
  as(part: string, number?: number): Promise<Caller>
  /** Whether there can be such a caller: of a backend that is not ours only who may sign up. */
  canPlay(part: string): boolean
  /** Nobody, two members, and one for each role; as far as there can be. */
  everyKind(): Promise<readonly Caller[]>
  /** As an operator does, with `mettle user revoke`. Rejects where the backend is not ours. */
  takeRole(caller: Caller, role: string): Promise<void>
}

interface CallersOptions {
  readonly model: Model
  readonly random: Random
  readonly send: Sender['send']
  /** Null where the backend is not ours: then members sign up, and there are no roles. */
  readonly site: Site | null
  readonly settings: Settings
}

const tokenKeptMs = 180_000

export function createCallers(options: CallersOptions): Callers {
  const { model, random } = options
  const values = createValues(random.fork('callers'))
  const known = new Map<string, Promise<Caller>>()
  const once = (name: string, roles: readonly string[]): Promise<Caller> => {
    let caller = known.get(name)
    if (caller === undefined) {
      const address = `10.77.${Math.floor(known.size / 250)}.${(known.size % 250) + 1}`
      caller = openAccount(options, values, { name, roles, address })
      known.set(name, caller)
    }
    return caller
  }
  const member = (number = 1) => once(`member ${number}`, [])
  const withRole = (role: string, number = 1) => once(`${role} ${number}`, [role])
  const anonymous = nobody()
  const canPlay = (part: string): boolean =>
    part === 'anonymous' ||
    options.site !== null ||
    (part === 'member' && model.identity?.signUp === 'open')
  return {
    anonymous,
    canPlay,
    member,
    withRole,
    async as(part, number = 1) {
      if (part === 'anonymous') return anonymous
      return part === 'member' ? member(number) : withRole(part, number)
    },
    async everyKind() {
      if (model.identity === null) return [anonymous]
      const people: Caller[] = [anonymous]
      if (canPlay('member')) people.push(await member(1), await member(2))
      for (const role of model.identity.roles) {
        if (canPlay(role)) people.push(await withRole(role))
      }
      return people
    },
    async takeRole({ email }, role) {
      const { site, settings } = options
      if (site === null || email === null) throw new Error('roles are taken by an operator only')
      await site.run(['user', 'revoke', email, role, '--backend', site.backend], settings)
    },
  }
}

function nobody(): Caller {
  const headers = { 'x-forwarded-for': '10.77.255.1' }
  const unknown = { id: null, email: null, password: null, roles: [] }
  return { name: 'anonymous', ...unknown, headers: async () => headers }
}

interface Account {
  readonly name: string
  readonly roles: readonly string[]
  readonly address: string
}

async function openAccount(
  options: CallersOptions,
  values: Values,
  { name, roles, address }: Account,
): Promise<Caller> {
  const email = `${values.word(10)}@prove.example`
  const password = `${values.word(12)}-Prove-${values.word(6)}`
  const origin = { 'x-forwarded-for': address }
  const id = await enrol(options, values, { email, password, roles, origin })
  const signIn = async (): Promise<string> => {
    const reply = await patiently(options.send, {
      path: '/auth/token',
      body: { email, password },
      headers: origin,
    })
    const text = memberOf(reply.json, 'accessToken')
    if (text === null) throw new Error(`no token for ${name}: ${describe(reply)}`)
    return text
  }
  // Whoever asks at the same moment shares it: sign-ins of one account are counted.
  let token: { readonly text: Promise<string>; readonly untilMs: number } | null = null
  return {
    name,
    id,
    email,
    password,
    roles,
    async headers() {
      if (token === null || token.untilMs < performance.now()) {
        const text = signIn()
        token = { text, untilMs: performance.now() + tokenKeptMs }
        text.catch(() => (token = null))
      }
      return { ...origin, authorization: `Bearer ${await token.text}` }
    },
  }
}

interface Enrolment {
  readonly email: string
  readonly password: string
  readonly roles: readonly string[]
  readonly origin: Readonly<Record<string, string>>
}

/** Resolves to the id. By sign-up where it is open, else as an operator would. */
async function enrol(options: CallersOptions, values: Values, person: Enrolment): Promise<string> {
  const { model, send, site, settings } = options
  const { identity } = model
  if (identity === null) throw new Error('this backend has no users')
  const { email, password, roles, origin } = person
  const users = model.resources.get(identity.resource)!
  const declared = users.fields.filter(field => !field.system && !field.readOnly)
  const fields = values.input(declared)
  if (identity.signUp === 'open') {
    const body = { ...fields, email, password }
    const reply = await patiently(send, { path: '/auth/sign-up', body, headers: origin })
    const user = typeof reply.json === 'object' && reply.json !== null ? reply.json : {}
    const id = memberOf(Reflect.get(user, 'user'), 'id')
    if (id === null) throw new Error(`sign-up was refused: ${describe(reply)}`)
    for (const role of roles) {
      if (site === null) throw new OutOfReach('roles are given by an operator only')
      await site.run(['user', 'grant', email, role, '--backend', site.backend], settings)
    }
    return id
  }
  if (site === null) throw new OutOfReach('sign-up is closed')
  const given = Object.entries(fields).flatMap(([name, value]) => [
    '--set',
    `${name}=${String(value)}`,
  ])
  const granted = roles.flatMap(role => ['--role', role])
  const args = ['user', 'create', email, ...granted, ...given, '--backend', site.backend]
  const printed = await site.run(args, settings, password)
  const id = /\(([0-9a-f-]{36})\)/.exec(printed)?.[1]
  if (id === undefined) throw new Error(`no account was made: ${printed}`)
  return id
}

function describe({ status, code, text }: Reply): string {
  return `${status ?? code ?? 'no answer'} ${text.slice(0, 300)}`
}
