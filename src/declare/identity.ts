/** `identity`: the resource of the users, who sign up, sign in and have roles. */

import { access } from './access.ts'
import type { Field, Shape } from './field.ts'
import { field } from './fields.ts'
import { declaredAt } from './place.ts'
import { makeResource } from './resource.ts'
import type { AccessDefinition, Resource } from './resource.ts'
import type { AnyRule } from './rule.ts'

/** The longest e-mail address (RFC 5321, 4.5.3.1.3, less the angle brackets). */
const emailCharsMax = 254

type IdentityFields<Role extends string> = {
  readonly email: Field<'text', string, string, false, never>
  readonly roles: Field<'list', readonly Role[], readonly Role[], true, never>
}

interface IdentityDefinition<S extends Shape, Role extends string> {
  /** What a user is asked for at sign-up, beside e-mail and password. */
  readonly fields: S
  /** Whether anybody may sign up, or only the command line makes users. */
  readonly signUp: 'open' | 'closed'
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

/** The name is always `users`: that is what references name. */
export function identity<S extends Record<string, Field>, const Role extends string = never>(
  definition: IdentityDefinition<S, Role>,
): Resource<'users', S & IdentityFields<Role>> {
  const himself = access.owner('id')
  const roles = Object.freeze([...(definition.roles ?? [])])
  const accountAccess = { read: definition.access?.account ?? himself }
  const fields: S & IdentityFields<Role> = {
    ...definition.fields,
    email: field.text({ min: 3, max: emailCharsMax, unique: true, access: accountAccess }),
    roles: field.list(field.choice(roles), { default: [], access: accountAccess }),
  }
  return makeResource(
    'users',
    fields,
    {
      indexes: definition.indexes,
      access: { read: himself, update: himself, ...definition.access },
    },
    Object.freeze({ signUp: definition.signUp, roles, fields: Object.freeze(definition.fields) }),
    declaredAt(identity),
  )
}
