/** `identity`: the resource of the users, who sign up, sign in and have roles. */

import { access } from './access.ts'
import type { Field, Shape } from './field.ts'
import { field } from './fields.ts'
import { listOf, oneOf, readDefinition, record, required, rule, shape, text } from './form.ts'
import type { Options } from './form.ts'
import { declaredAt } from './place.ts'
import { keys, makeResource, operationRules } from './resource.ts'
import type { AccessDefinition, IdentityDeclaration, Resource } from './resource.ts'
import type { AnyRule } from './rule.ts'

/** The longest e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets). */
const emailCharsMax = 254

type IdentityFields<Role extends string> = {
  readonly email: Field<'text', string, string, false, never>
  readonly roles: Field<'list', readonly Role[], readonly Role[], true, never>
}

type SignUp = 'open' | 'closed'

interface IdentityDefinition<S extends Shape, Role extends string, Open extends SignUp = SignUp> {
  /** What a user is asked for at sign-up, beside e-mail and password. */
  readonly fields: S
  /** Whether anybody may sign up, or only the command line makes users. */
  readonly signUp: Open
  readonly roles?: readonly Role[]
  /** Unless declared, users read and change themselves and nobody else does. */
  readonly access?: Omit<AccessDefinition<S>, 'create'> & {
    /**
     * Who sees e-mail addresses and roles of users that he may read; the user himself unless
     * declared.
     */
    readonly account?: AnyRule
  }
  readonly indexes?: readonly (readonly string[])[]
}

const form = record({
  fields: required(shape),
  signUp: required(oneOf(['open', 'closed'])),
  roles: listOf(text, 'a list of names'),
  // The model tells why `create` has no place here.
  access: record({ ...operationRules, account: rule }),
  indexes: keys,
} satisfies Options<IdentityDefinition<Shape, string>>)

/** What `identity` returns. Its name is always `users`: that is what references name. */
export interface Identity<S extends Shape = Shape, Open extends SignUp = SignUp> extends Resource<
  'users',
  S,
  null
> {
  readonly identity: IdentityDeclaration<Open>
}

export function identity<
  S extends Record<string, Field>,
  Open extends SignUp,
  const Role extends string = never,
>(definition: IdentityDefinition<S, Role, Open>): Identity<S & IdentityFields<Role>, Open>
export function identity(definition: IdentityDefinition<Shape, string>): Resource<'users'> {
  const { given, mistakes } = readDefinition(form, definition, { fields: {}, signUp: 'closed' })
  const himself = access.owner('id')
  const roles = Object.freeze([...(given.roles ?? [])])
  const accountAccess = { read: given.access?.account ?? himself }
  const fields = {
    ...given.fields,
    email: field.text({ min: 3, max: emailCharsMax, unique: true, access: accountAccess }),
    roles: field.list(field.choice(roles), { default: [], access: accountAccess }),
  }
  return makeResource(
    'users',
    fields,
    {
      indexes: given.indexes,
      access: { read: himself, update: himself, ...given.access },
    },
    Object.freeze({ signUp: given.signUp, roles, fields: Object.freeze(given.fields) }),
    mistakes,
    declaredAt(identity),
  )
}
