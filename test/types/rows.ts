/** Rows, inputs and patches as declared fields give them. */

import { access, field, identity, resource } from 'mettle'
import type { Decimal, InputOf, JsonObject, PatchOf, RowOf } from 'mettle'
import { holds } from './same.ts'
import type { IsAny, Same } from './same.ts'

const everything = resource('everything', {
  fields: {
    text: field.text(),
    note: field.text({ optional: true, max: 10 }),
    count: field.integer({ default: 0 }),
    big: field.bigint(),
    price: field.decimal({ precision: 12, scale: 2 }),
    flag: field.boolean({ default: false }),
    day: field.date({ optional: true }),
    at: field.timestamp({ default: 'now' }),
    code: field.uuid(),
    status: field.choice(['open', 'closed'], { default: 'open' }),
    extra: field.document({ optional: true }),
    tags: field.list(field.text(), { default: [] }),
    steps: field.list({ name: field.text(), cost: field.decimal({ precision: 5, scale: 0 }) }),
    size: field.object({ width: field.integer(), depth: field.integer({ optional: true }) }),
    owner: field.ref('users', { default: 'caller' }),
    parent: field.ref('everything', { optional: true }),
  },
})

type Row = RowOf<typeof everything>
type Input = InputOf<typeof everything>

holds<Same<Row['id'], string>>()
holds<Same<Row['version'], number>>()
holds<Same<Row['createdAt'], Date>>()
holds<Same<Row['text'], string>>()
holds<Same<Row['note'], string | null>>()
holds<Same<Row['count'], number>>()
holds<Same<Row['big'], bigint>>()
holds<Same<Row['price'], Decimal>>()
holds<Same<Row['flag'], boolean>>()
holds<Same<Row['day'], string | null>>()
holds<Same<Row['at'], Date>>()
holds<Same<Row['status'], 'open' | 'closed'>>()
holds<Same<Row['extra'], JsonObject | null>>()
holds<Same<Row['tags'], readonly string[]>>()
holds<Same<Row['steps'][number]['cost'], Decimal>>()
holds<Same<Row['size']['depth'], number | null>>()
holds<Same<Row['owner'], string>>()
holds<Same<Row['parent'], string | null>>()
holds<Same<IsAny<Row[keyof Row]>, false>>()

const least: Input = {
  text: 'a',
  big: 1n,
  price: '1.50',
  code: 'c',
  steps: [{ name: 'cut', cost: '3' }],
  size: { width: 1 },
}
const more: Input = { ...least, id: 'chosen', note: null, count: 3, status: 'closed', parent: null }
const patch: PatchOf<typeof everything> = { status: 'closed', note: null }
void [least, more, patch]

const take = (input: Input): void => void input
// @ts-expect-error price is missing
take({ text: 'a', big: 1n, code: 'c', steps: [], size: { width: 1 } })
// @ts-expect-error not one of the choices
take({ ...least, status: 'ajar' })
// @ts-expect-error a decimal is never a number
take({ ...least, price: 1.5 })
// @ts-expect-error text may not be null
take({ ...least, text: null })
const change = (wanted: PatchOf<typeof everything>): void => void wanted
// @ts-expect-error the engine sets the version
change({ version: 2 })

const users = identity({
  fields: { name: field.text() },
  signUp: 'open',
  roles: ['staff', 'admin'],
})
holds<Same<RowOf<typeof users>['roles'], readonly ('staff' | 'admin')[]>>()
holds<Same<RowOf<typeof users>['email'], string>>()

// @ts-expect-error the default is none of the choices
field.choice(['a', 'b'], { default: 'c' })
// @ts-expect-error misspelt option
field.text({ maximum: 3 })
// @ts-expect-error decimals say how many digits they have
field.decimal({ scale: 2 })
// @ts-expect-error only the caller can be a default reference
field.ref('users', { default: 'somebody' })

const own = { fields: { boss: field.ref('users'), name: field.text(), extra: field.document() } }
resource('fine', { ...own, indexes: [['boss', '-createdAt'], ['-name']] })
resource('fine', { ...own, access: { read: access.anyOf(access.owner('boss'), access.role('x')) } })
resource('fine', { ...own, access: { read: access.where({ name: 'public' }) } })
// @ts-expect-error there is no such field
resource('wrong', { ...own, access: { read: access.owner('chief') } })
// @ts-expect-error a rule by owner needs a reference
resource('wrong', { ...own, access: { read: access.owner('name') } })
// @ts-expect-error no such field, also deep in a rule
resource('wrong', { ...own, access: { read: access.not(access.where({ nmae: 'x' })) } })
// @ts-expect-error there is no such field to index
resource('wrong', { ...own, indexes: [['nmae']] })
// @ts-expect-error documents cannot be sorted
resource('wrong', { ...own, indexes: [['extra']] })
// @ts-expect-error misspelt operation
resource('wrong', { ...own, access: { raed: access.anyone } })
