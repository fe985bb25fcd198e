/** JSON schemas of the rival: what it validates, and what its serialisers are compiled from. */

const uuid = { type: 'string', format: 'uuid' } as const
const money = { type: 'string', pattern: '^\\d{1,10}(\\.\\d{1,2})?$' } as const
const row = {
  id: { type: 'string' },
  version: { type: 'integer' },
  createdAt: { type: 'string' },
  updatedAt: { type: 'string' },
} as const

export const byId = {
  type: 'object',
  required: ['id'],
  properties: { id: uuid },
} as const

export const product = {
  type: 'object',
  properties: {
    ...row,
    name: { type: 'string' },
    price: { type: 'string' },
    stock: { type: 'integer' },
    attributes: { type: ['object', 'null'], additionalProperties: true },
  },
} as const

export const newProduct = {
  type: 'object',
  required: ['name', 'price'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    price: money,
    stock: { type: 'integer', minimum: 0, default: 0 },
    attributes: { type: ['object', 'null'], additionalProperties: true },
  },
} as const

export const stockChange = {
  type: 'object',
  required: ['stock'],
  additionalProperties: false,
  properties: { stock: { type: 'integer', minimum: 0 } },
} as const

const orderProperties = {
  ...row,
  customer: { type: 'string' },
  status: { type: 'string' },
  total: { type: 'string' },
} as const

export const orderList = {
  type: 'object',
  properties: {
    data: { type: 'array', items: { type: 'object', properties: orderProperties } },
    next: { type: ['string', 'null'] },
  },
} as const

export const orderTree = {
  type: 'object',
  properties: {
    ...orderProperties,
    lines: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...row,
          order: { type: 'string' },
          product,
          quantity: { type: 'integer' },
          price: { type: 'string' },
        },
      },
    },
  },
} as const

export const listQuery = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    after: { type: 'string', format: 'date-time' },
  },
} as const
