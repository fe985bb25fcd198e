/** The same rows for both sides, made by PostgreSQL itself. */

import pg from 'pg'

export interface SeedFacts {
  readonly productIds: readonly string[]
  /** One order of each customer, with three lines. */
  readonly orders: readonly { readonly id: string; readonly customer: string }[]
}

const products = `
insert into products (id, version, created_at, updated_at, name, price, stock, attributes)
select uuidv7(), 1, now(), now(), 'Product ' || n, (n % 500) + 0.95, 1000,
  json_build_object('colour', 'blue', 'grams', n)
from generate_series(1, 1000) n`

const orders = `
insert into orders (id, version, created_at, updated_at, customer_id, status, total)
select uuidv7(), 1, at, at, u.id, 'paid', 59.85
from users u, generate_series(1, 200) n, lateral (select now() - n * interval '1 hour' as at) t`

const lines = `
insert into order_lines (id, version, created_at, updated_at, order_id, product_id, quantity, price)
select uuidv7(), 1, o.created_at, o.created_at, o.id, p.id, 1 + p.n % 3, 19.95
from (select id, created_at, row_number() over () as n from orders) o
join lateral (select (o.n * 7 + k * 131) % 1000 as n from generate_series(1, 3) k) pick on true
join (select id, row_number() over (order by id) - 1 as n from products) p on p.n = pick.n`

/** `customers` are made with the ids given, so that both sides know the same people. */
export async function seed(url: string, customers: readonly string[]): Promise<SeedFacts> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      `insert into users (id, version, created_at, updated_at, email, roles, name)
       select id, 1, now(), now(), 'bench' || n || '@example.com', '[]', 'Bench ' || n
       from unnest($1::uuid[]) with ordinality as c(id, n) on conflict do nothing`,
      [customers],
    )
    for (const text of [products, orders, lines, 'analyze']) await client.query(text)
    const ids = await client.query<{ id: string }>('select id from products order by id')
    const newest = await client.query<{ id: string; customer: string }>(
      'select distinct on (customer_id) id, customer_id as customer from orders where customer_id = any($1) order by customer_id, created_at desc',
      [customers],
    )
    return { productIds: ids.rows.map(row => row.id), orders: newest.rows }
  } finally {
    await client.end()
  }
}
