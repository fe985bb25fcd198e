/** `seed`: the rows that an empty development database begins with. */

import { code, readDefinition, record, required } from './form.ts'
import type { Options } from './form.ts'
import type { Mistake } from './mistake.ts'
import { declaredAt } from './place.ts'
import { usesForm } from './repository.ts'
import type { Repositories, Uses } from './repository.ts'

/** What signing up would ask for, and the roles to give. */
export interface SeedAccount {
  readonly email: string
  readonly password: string
  readonly roles?: readonly string[]
  /** The declared fields of the identity, as JSON. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export interface SeedContext<U extends Uses> {
  /** The repositories of `uses`, acting as the engine. */
  readonly db: Repositories<U>
  /** Makes a user who can sign in; `mettle dev` shows the account. Resolves to the user's id. */
  readonly createUser: (account: SeedAccount) => Promise<string>
}

interface SeedDefinition<U extends Uses> {
  readonly uses: U
  readonly run: (context: SeedContext<U>) => Promise<void>
}

const form = record({
  uses: required(usesForm),
  run: required(code),
} satisfies Options<SeedDefinition<Uses>>)

export interface Seed {
  readonly kind: 'seed'
  readonly uses: Uses
  readonly run: (context: never) => Promise<void>
  readonly mistakes: readonly Mistake[]
  readonly declaredAt: string | null
}

/** The default export of a `seed.ts` beside the `backend.ts`. */
export function seed<U extends Uses>(definition: SeedDefinition<U>): Seed
export function seed(definition: SeedDefinition<Uses>): Seed {
  const { given, mistakes } = readDefinition(form, definition, { uses: {}, run: async () => {} })
  return Object.freeze({
    kind: 'seed',
    uses: Object.freeze(given.uses),
    run: given.run,
    mistakes,
    declaredAt: declaredAt(seed),
  })
}
