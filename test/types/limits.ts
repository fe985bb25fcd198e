/** Limits name operations that the backend has, and times that can be read. */

import { access, backend, command, field, query, resource, sql } from 'mettle'

const products = resource('products', { fields: { name: field.text() } })
const buy = command('buy', { access: access.anyone, run: async () => {} })
const best = query('best', { output: { name: field.text() }, sql: () => sql`select name` })
const parts = { products, buy, best }

backend('limited', {
  parts,
  limits: {
    daily: { quota: 1_000, per: '1d' },
    writes: { quota: 10, per: '30s', by: 'address', on: ['products.create', 'buy', 'best'] },
    products: { quota: 100, per: '5m', by: 'everyone', on: ['products'] },
    default: { quota: 600, per: '1h' },
  },
})

backend('misspelt', {
  parts,
  limits: {
    // @ts-expect-error there is no such operation
    one: { quota: 1, per: '1m', on: ['products.crate'] },
    // @ts-expect-error there is no such part
    two: { quota: 1, per: '1m', on: ['sell'] },
    // @ts-expect-error a time has a unit
    three: { quota: 1, per: '60' },
    // @ts-expect-error nobody is counted by that
    four: { quota: 1, per: '1m', by: 'ip' },
    // @ts-expect-error how many is not said
    five: { per: '1m' },
  },
})
