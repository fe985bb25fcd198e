/** What the shop begins with: a thousand products, four people and a few orders. */

import { decimal, seed } from 'mettle'
import { orderLines, orders, products } from './backend.ts'

const colours = 'Amber Azure Coral Ebony Ivory Jade Olive Ruby Slate Violet'.split(' ')
const materials = 'Bamboo Brass Canvas Ceramic Copper Cotton Glass Leather Oak Wool'.split(' ')
const things = 'Basket Bowl Chair Clock Cushion Lamp Mirror Mug Tray Vase'.split(' ')

const catalogue = colours.flatMap((colour, c) =>
  materials.flatMap((material, m) =>
    things.map((thing, t) => ({
      name: `${colour} ${material} ${thing}`,
      price: `${5 + ((c * 7 + m * 13 + t * 29) % 190)}.${19 + t * 8}`,
      stock: 20 + ((c + m + t) % 80),
      attributes: { colour: colour.toLowerCase(), material: material.toLowerCase() },
    })),
  ),
)

/** Places in the catalogue; of each customer in turn. */
const baskets = [
  { status: 'paid', places: [3, 140, 702] },
  { status: 'shipped', places: [512] },
  { status: 'pending', places: [3, 88] },
  { status: 'cancelled', places: [999, 450] },
  { status: 'paid', places: [27, 3, 640] },
] as const

export default seed({
  uses: { products, orders, orderLines },
  async run({ db, createUser }) {
    const person = (name: string, password: string, roles: readonly string[] = []) =>
      createUser({ email: `${name.toLowerCase()}@shop.example`, password, roles, fields: { name } })
    await person('Sophie', 'maple-thunder-63', ['staff'])
    await person('Adam', 'silver-meadow-28', ['staff', 'admin'])
    const customers = [
      await person('Carla', 'copper-lantern-42'),
      await person('Chris', 'violet-harbour-17'),
    ]
    const shelf = await db.products.createMany(catalogue)
    for (const [index, { status, places }] of baskets.entries()) {
      const taken = places.map((place, line) => ({ product: shelf[place]!, quantity: line + 1 }))
      const total = taken.reduce(
        (sum, { product, quantity }) => sum.plus(product.price.times(quantity)),
        decimal('0'),
      )
      const customer = customers[index % customers.length]!
      const order = await db.orders.create({ customer, status, total })
      await db.orderLines.createMany(
        taken.map(({ product, quantity }) => ({
          order: order.id,
          product: product.id,
          quantity,
          price: product.price,
        })),
      )
    }
  },
})
