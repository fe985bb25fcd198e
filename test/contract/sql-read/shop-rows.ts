/** The shop with 100,000 orders, and a customer whose few stand at the far end of every order. */

import { buildModel } from '../../../src/model/build.ts'
import shopDeclaration from '../../../examples/shop/backend.ts'
import { idOf } from '../../unit/sql/desk.ts'
import type { Session } from './tables.ts'

export const shop = buildModel(shopDeclaration)

const usersCount = 1_000
const productsCount = 1_000
export const ordersCount = 100_000
const farOrdersCount = 30

/** The customer whose orders have the last ids and the first times. */
export const farCustomer = usersCount + 1

/** User n has the id n, product n 0x10000 + n, order n 0x100000 + n, line n 0x1000000 + n. */
export const productId = (number: number): string => idOf(0x10000 + number)
export const orderId = (number: number): string => idOf(0x100000 + number)

/** Expressions over n, as text. */
const idText = (first: number, number: string) =>
  `('00000000-0000-7000-8000-' || lpad(to_hex(${first} + ${number}), 12, '0'))::uuid`

export async function fillShop(session: Session): Promise<void> {
  const lastOrder = ordersCount + farOrdersCount
  await session.run(
    `insert into users (id, version, email, roles, name)
     select ${idText(0, 'n')}, 1, n || '@example.org', '[]', 'User ' || n
     from generate_series(1, ${farCustomer}) n`,
  )
  await session.run(
    `insert into products (id, version, name, price, stock)
     select ${idText(0x10000, 'n')}, 1, 'Product ' || n, n % 97, n
     from generate_series(1, ${productsCount}) n`,
  )
  await session.run(
    `insert into orders (id, version, created_at, customer_id, status, total)
     select ${idText(0x100000, 'n')}, 1,
       '2026-01-01'::timestamptz + n * interval '1 minute' * sign(${ordersCount} - n),
       case when n > ${ordersCount} then ${idText(farCustomer, '0')}
         else ${idText(1, `n % ${usersCount}`)} end,
       'pending', n from generate_series(1, ${lastOrder}) n`,
  )
  await session.run(
    `insert into order_lines (id, version, order_id, product_id, quantity, price)
     select ${idText(0x1000000, 'n')}, 1, ${idText(0x100000, '1 + (n - 1) / 2')},
       ${idText(0x10001, `n % ${productsCount}`)}, 1, 1
     from generate_series(1, ${2 * lastOrder}) n`,
  )
  await session.run('vacuum analyze')
}
