/** Models whose resources refer to each other in circles, declared in any order. */

import { access, backend, command, field, identity, resource } from 'mettle'
import type { RowOf } from 'mettle'
import { holds } from './same.ts'
import type { IsAny, Same } from './same.ts'

const people = resource('people', {
  fields: {
    mother: field.ref('people', { optional: true, inverse: 'children' }),
    home: field.ref('houses', { optional: true, inverse: 'inhabitants' }),
    account: field.ref('users', { unique: true }),
  },
})
const houses = resource('houses', {
  fields: { landlord: field.ref('people', { inverse: 'houses' }), town: field.ref('towns') },
})
const towns = resource('towns', {
  fields: { mayor: field.ref('people', { optional: true, inverse: 'towns' }) },
  access: { read: access.anyone },
})
const users = identity({
  fields: { person: field.ref('people', { optional: true }) },
  signUp: 'open',
})

const move = command('move', {
  input: { person: field.ref('people'), house: field.ref('houses') },
  output: people,
  uses: { people, houses, towns, users },
  async run({ input, db }) {
    const house = await db.houses.get(input.house)
    await db.towns.update(house.town, { mayor: null })
    return db.people.update(input.person, { home: house.id })
  },
})

export default backend('circle', { parts: { people, houses, towns, users, move } })

holds<Same<RowOf<typeof people>['mother'], string | null>>()
holds<Same<IsAny<(typeof move)['input']>, false>>()
