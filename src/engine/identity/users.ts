/** Users as rows like any other, with their event, and their credentials, in one transaction. */

import { system } from '../../base/caller.ts'
import type { Clock } from '../../base/clock.ts'
import { problem } from '../../base/errors.ts'
import { uuidv7 } from '../../base/uuid.ts'
import { Faults } from '../../model/faults.ts'
import type { DriverValues } from '../../model/input.ts'
import type { IdentityModel, Model, ResourceModel } from '../../model/model.ts'
import type { Row, Statement } from '../../ports/database.ts'
import type { WriteShape } from '../../sql/plan.ts'
import type { PlanWrite } from '../../sql/write/plan-cache.ts'
import { auditStatement, type AuditEntry, type AuditOrigin } from '../audit/audit.ts'
import type { Data, DataScope } from '../data/data.ts'
import type { AroundSignUp } from './around-sign-up.ts'
import { checkedEmail, checkRoles, normaliseEmail } from './input.ts'
import type { Run } from './run.ts'

/** What a user is to this service. */
export interface Account {
  readonly id: string
  readonly email: string
  readonly roles: readonly string[]
}

export interface Login {
  readonly account: Account
  readonly hash: string
}

interface NewUser {
  readonly email: string
  /** Null: an operator makes the account. */
  readonly from: AuditOrigin | null
  readonly roles: readonly string[]
  /** Of the password; null: a service account, which has none. */
  readonly hash: string | null
  /** Of the declared fields, for the driver. */
  readonly values: DriverValues
}

/** E-mail addresses may be in any spelling. */
type UserKey = { readonly email: string } | { readonly id: string }

export interface Users {
  readonly resource: ResourceModel
  /** Those that the identity declares. */
  readonly roles: readonly string[]
  /** Rejects with `run.conflict` at `/email` where the address is taken. */
  create(user: NewUser): Promise<Account>
  find(by: UserKey): Promise<Account | null>
  /** Null also where the user has no password. */
  findLogin(by: UserKey): Promise<Login | null>
  /** Changes nothing where the user has the role. `run.not-found` where nobody has the address. */
  grantRole(email: string, role: string): Promise<Account>
  /** Changes nothing where he lacks the role. `run.not-found` where nobody has the address. */
  revokeRole(email: string, role: string): Promise<Account>
  /** Puts another hash in the place of this one; gives a row where it still was there. */
  credentialStatement(id: string, hash: string, before: string): Statement
}

export function createUsers(options: {
  readonly model: Model
  readonly data: Data
  readonly run: Run
  readonly clock: Clock
  readonly plan: PlanWrite
  readonly around: AroundSignUp | null
}): Users {
  const { model, data, run, clock, plan, around } = options
  const identity = identityOf(model)
  const resource = model.resources.get(identity.resource)!
  const select = selectText(resource)

  const write = (scope: DataScope, form: WriteShape['form'], id: string, values: DriverValues) =>
    writeUser(plan, resource, scope, form, id, values)
  const one = async (by: UserKey): Promise<Login | null> => {
    const [condition, value] =
      'id' in by ? [`"id" = $1::uuid`, by.id] : [`"email" = $1::text`, normaliseEmail(by.email)]
    const [row] = await run(
      { text: `${select} where "user".${condition}`, values: [value] },
      'read',
    )
    return row === undefined ? null : toLogin(row)
  }
  const changeRoles = (
    email: string,
    entry: AuditEntry,
    change: (roles: readonly string[]) => readonly string[],
  ): Promise<Account> =>
    data.transaction({ isolation: 'read committed' }, async scope => {
      const text = `${select} where "user"."email" = $1::text for update of "user"`
      const [row] = await scope.transaction.run({ text, values: [normaliseEmail(email)] })
      if (row === undefined) throw problem('run.not-found')
      const { account } = toLogin(row)
      const roles = change(account.roles)
      if (roles.length === account.roles.length) return account
      await write(scope, 'update', account.id, { roles: JSON.stringify(roles) })
      await scope.transaction.run(auditStatement(account.id, entry))
      return { ...account, roles }
    })

  return {
    resource,
    roles: identity.roles,
    create(user) {
      const id = uuidv7(clock.now())
      return data.transaction({ isolation: 'read committed' }, scope =>
        createUser(id, user, around, scope, row => write(scope, 'create', id, row)),
      )
    },
    find: async by => (await one(by))?.account ?? null,
    async findLogin(by) {
      const found = await one(by)
      return found?.hash === '' ? null : found
    },
    async grantRole(email, role) {
      const faults = new Faults('body')
      checkRoles(identity.roles, [role], faults)
      faults.throwIfAny()
      const entry = roleEntry('role.granted', role)
      return changeRoles(email, entry, roles => [...new Set([...roles, role])])
    },
    // Also one that is declared no more.
    revokeRole(email, role) {
      const entry = roleEntry('role.revoked', role)
      return changeRoles(email, entry, roles => roles.filter(had => had !== role))
    },
    credentialStatement: (id, hash, before) => ({
      text: updateCredential,
      values: [id, hash, before],
    }),
  }
}

async function createUser(
  id: string,
  { email, roles, hash, values, from }: NewUser,
  around: AroundSignUp | null,
  scope: DataScope,
  write: (row: DriverValues) => Promise<void>,
): Promise<Account> {
  const make = async (row: DriverValues): Promise<Account> => {
    const account = newAccount(id, row)
    await write({ ...row, email: account.email })
    if (hash !== null) await scope.transaction.run({ text: insertCredential, values: [id, hash] })
    await scope.transaction.run(auditStatement(id, creationEntry(id, from)))
    return account
  }
  const given = { ...values, email, roles: JSON.stringify(roles) }
  if (from === null || around === null) return make(given)
  const row = await around.before(given, from, scope)
  const account = await make(row)
  await around.after(id, row, from, scope)
  return account
}

/** Of a row as the driver takes it; a hook may have changed its address and roles. */
function newAccount(id: string, { email, roles }: DriverValues): Account {
  return { id, email: checkedEmail(email), roles: JSON.parse(String(roles)) }
}

function creationEntry(id: string, from: AuditOrigin | null): AuditEntry {
  const kind = 'account.created'
  return from === null
    ? { kind, actor: null, from, detail: { by: 'operator' } }
    : { kind, actor: id, from, detail: { by: 'sign-up' } }
}

function roleEntry(kind: 'role.granted' | 'role.revoked', role: string): AuditEntry {
  return { kind, actor: null, from: null, detail: { role } }
}

const justId = { fields: ['id'], expand: [] } as const

/** As any other row is written, by the engine itself. */
async function writeUser(
  plan: PlanWrite,
  resource: ResourceModel,
  scope: DataScope,
  form: WriteShape['form'],
  id: string,
  values: DriverValues,
): Promise<void> {
  const fields = resource.fields
    .map(field => field.name)
    .filter(name => Object.hasOwn(values, name))
  const shape = { resource: resource.name, form, fields, merge: [], versioned: false, keyed: false }
  const row = { id, values: fields.map(name => values[name]), version: null, key: null, trace: '' }
  const [result] = await scope.write(plan(shape, justId, system), [row], system)
  if (result!.outcome !== 'done') throw refusal(result!.outcome, result!.detail)
}

const insertCredential = `insert into "mettle"."credentials" ("user_id", "hash")
values ($1::uuid, $2::text)`
const updateCredential = `update "mettle"."credentials" set "hash" = $2::text, "updated_at" = now()
where "user_id" = $1::uuid and "hash" = $3::text returning 1`

/** An empty hash stands for none; no hash is empty. */
function selectText(users: ResourceModel): string {
  return `select "user"."id", "user"."email", "user"."roles", coalesce("credential"."hash", '')
from "${users.table}" "user"
left join "mettle"."credentials" "credential" on "credential"."user_id" = "user"."id"`
}

function toLogin(row: Row): Login {
  const roles: readonly string[] = JSON.parse(String(row[2]))
  return { account: { id: String(row[0]), email: String(row[1]), roles }, hash: String(row[3]) }
}

function identityOf(model: Model): IdentityModel {
  if (model.identity === null) throw new Error(`${model.name} declares no identity`)
  return model.identity
}

/** What may stop a write by the engine itself: a reference to a row that is not there. */
function refusal(outcome: string, field: string | null): Error {
  if (outcome !== 'reference') return new Error(`a user could not be written: ${outcome}`)
  const errors = [{ pointer: `/${field}`, code: 'reference', detail: 'no such row' }]
  return problem('validate.invalid', { errors })
}
