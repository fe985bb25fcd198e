/**
 * One wrong backend for each mistake that the model tells; the file of the same name in `golden/`
 * holds the message.
 */

import type { Backend } from 'mettle'
import { access, backend, command, field, hook, identity, query, resource } from './loose.ts'
import { anyOf, not, run, users, withFields } from './loose.ts'

const text = field.text({ max: 100 })
const { allOf, anyone, nobody, owner, role, signedIn, through, where } = access

export const wrongDeclarations: Readonly<Record<string, () => Backend>> = {
  'unknown-reference': () =>
    backend('wrong', {
      parts: {
        users,
        orders: resource('orders', { fields: { customer: field.ref('user') } }),
        pay: command('pay', { input: { lines: field.list({ order: field.ref('ordres') }) }, run }),
      },
    }),
  'unknown-options': () =>
    backend('wrong', {
      wier: run,
      parts: {
        users: identity({
          fields: { name: field.text({ acess: { read: nobody } }) },
          signUp: 'open',
          role: ['staff'],
          access: { acount: nobody },
        }),
        things: resource('things', {
          fields: {
            name: field.text({ uniqe: true, access: { raed: nobody } }),
            count: field.integer({ minimum: 1 }),
            sizes: field.list({ width: field.integer({ maxx: 1 }) }),
            maker: field.ref('users', { ondelete: 'cascade' }),
            secret: field.text({ access: nobody }),
          },
          indexs: [['name']],
          access: { raed: nobody, creat: nobody },
        }),
        pay: command('pay', {
          acces: anyone,
          isolatoin: 'serializable',
          input: { amount: field.decimal({ precision: 8, scale: 2, minn: '1' }) },
          errors: { broke: { status: 409, title: 'Broke', date: {} } },
          run,
        }),
        best: query('best', { output: { text }, sql: run, cached: true }),
        watch: hook('watch', { on: users, operation: ['read'], before: run }),
      },
    }),
  'missing-options': () =>
    backend('wrong', {
      parts: {
        users: identity({ fields: {} }),
        things: resource('things', {}),
        goods: resource('goods', {
          fields: { price: field.decimal({ precision: 8 }), maker: field.ref() },
        }),
        pay: command('pay', { errors: { broke: {} } }),
        best: query('best', {}),
        watch: hook('watch', { before: run }),
      },
    }),
  nonsense: () =>
    backend('wrong', {
      parts: {
        users: identity('users'),
        things: resource('things'),
        goods: resource('goods', {
          fields: {
            name: 'text',
            type: { type: 'text' },
            size: field.integer('large'),
            state: field.choice('open', 'closed'),
            tags: field.list('text'),
            box: field.object(text),
            code: field.text({ unique: 'yes', pattern: '^a', max: '3' }),
            price: field.decimal({ precision: 8, scale: 2, min: 0 }),
            maker: field.ref(users, { onDelete: 'set null', inverse: true }),
            secret: field.text({ access: { read: 'nobody', write: owner } }),
          },
          indexes: ['name'],
          unique: 'name',
          link: ['maker', 'state'],
          access: { read: anyOf(anyone, 'role'), update: not(), delete: 'nobody' },
        }),
        pay: command('pay', {
          input: [text],
          output: text,
          uses: { users: 'users' },
          isolation: 'serialisable',
          run: null,
        }),
        best: query('best', { output: { text }, sql: 'select 1' }),
        watch: hook('watch', { on: 'users', operations: ['updaet'], after: 1 }),
      },
    }),
  'nonsense-parts': () => backend('wrong', { wire: true, parts: { things: text, goods: null } }),
  'no-parts': () => backend('wrong', { prts: {} }),
  'duplicate-names': () =>
    backend('wrong', {
      parts: {
        goods: resource('goods', { fields: { text } }),
        wares: resource('goods', { fields: { text } }),
        sell: command('goods', { run }),
      },
    }),
  names: () =>
    backend('My Shop', {
      parts: {
        Goods: resource('Goods', { fields: { text } }),
        lines: resource('order_lines', { fields: { unit_price: text } }),
        health: query('health', { output: { ok: field.boolean() }, sql: run }),
      },
    }),
  'reserved-fields': () =>
    withFields({ id: field.uuid(), limit: text, sort: text, xmin: text, constructor: text }),
  'identity-fields': () =>
    backend('wrong', {
      parts: {
        users: identity({ fields: { email: text }, signUp: 'open', roles: ['Chief', 'x', 'x'] }),
      },
    }),
  'identity-create': () =>
    backend('wrong', {
      parts: { users: identity({ fields: {}, signUp: 'closed', access: { create: anyone } }) },
    }),
  'two-identities': () =>
    backend('wrong', { parts: { users, people: identity({ fields: {}, signUp: 'closed' }) } }),
  'column-taken': () => withFields({ owner: field.ref('users'), ownerId: field.uuid() }),
  renames: () =>
    backend('wrong', {
      parts: {
        users,
        things: resource('things', {
          renamedFrom: 'users',
          fields: {
            a: field.text({ renamedFrom: 'old' }),
            b: field.text({ renamedFrom: 'old' }),
            c: field.text({ renamedFrom: 'a' }),
          },
        }),
      },
    }),
  'long-names': () =>
    backend('wrong', {
      parts: {
        long: resource(`a${'-long'.repeat(13)}-name`, {
          fields: { [`b${'Long'.repeat(14)}`]: text },
        }),
      },
    }),
  bounds: () =>
    withFields({
      name: field.text({ min: 5, max: 2 }),
      essay: field.text({ max: 1_000_000 }),
      count: field.integer({ max: 3_000_000_000 }),
      big: field.bigint({ min: 2n ** 63n }),
      price: field.decimal({ precision: 4, scale: 6 }),
      rate: field.decimal({ precision: 4, scale: 2, min: '0.001', max: 'lots' }),
      tags: field.list(field.text(), { min: 3, max: 1 }),
    }),
  defaults: () =>
    withFields({
      count: field.integer({ min: 1, default: 0 }),
      price: field.decimal({ precision: 4, scale: 2, default: '0.005' }),
      status: field.choice(['open', 'closed'], { default: 'opne' }),
      size: field.object({ width: field.integer() }, { default: { widht: 1 } }),
      steps: field.list({ at: field.timestamp({ default: 'now' }) }),
    }),
  options: () =>
    withFields({
      status: field.choice([]),
      state: field.choice(['a', 'b', 'a']),
      code: field.text({ pattern: /a/i }),
      boss: field.ref('users', { onDelete: 'clear' }),
      friends: field.list(field.ref('users')),
      size: field.object({ width: field.integer({ unique: true }) }),
    }),
  inverses: () =>
    withFields({
      maker: field.ref('users'),
      keeper: field.ref('users'),
      lender: field.ref('users', { inverse: 'name' }),
      buyer: field.ref('users', { inverse: 'Bought-Things' }),
    }),
  links: () => {
    const { ref } = field
    const ends = { book: ref('books'), tag: ref('tags'), by: ref('users', { optional: true }) }
    const link = (name: string, declared: unknown, fields: object = ends) =>
      resource(name, { fields, link: declared })
    return backend('wrong', {
      parts: {
        users,
        books: resource('books', { fields: { title: text, tags: field.list(text) } }),
        tags: resource('tags', { fields: { name: text } }),
        hidden: link('hidden', { book: 'hiddenBooks', tag: 'tags' }),
        alone: link('alone', { book: 'books' }),
        three: link('three', { book: 'books', tag: 'tags', by: 'users' }),
        wrong: link('wrong', { bok: 'books', note: 'Notes' }, { ...ends, note: text }),
        odd: link('odd', { book: 'Odd-Books', tag: 'oddTags' }),
        none: link('none', { book: 'books', tag: 'tags' }, { note: text }),
      },
    })
  },
  indexes: () =>
    withFields(
      {
        name: text,
        note: field.text(),
        slug: field.text({ unique: true }),
        extra: field.document(),
        maker: field.ref('users'),
      },
      {
        indexes: [
          ['nmae'],
          ['extra'],
          ['note'],
          ['name', '-name'],
          ['name'],
          ['name', 'id'],
          [],
          ['extra.a"b'],
          ['extra.a', 'extra.b', 'extra.c'],
          ['name.first'],
          ['-'],
          ['name', ''],
        ],
        unique: [['-nothing'], ['extra.code']],
      },
    ),
  rules: () =>
    withFields(
      {
        name: text,
        maker: field.ref('users'),
        kin: field.ref('things', { inverse: 'kinOf' }),
        n: field.integer(),
      },
      {
        access: {
          read: anyOf(owner('makr'), owner('name'), owner('id'), owner('kin')),
          create: allOf(through('name'), role('staf'), anyOf()),
          update: where({ nmae: 'x', n: { contains: '1' }, name: 3 }),
          delete: where({}),
        },
      },
    ),
  'rules-without-identity': () =>
    backend('wrong', {
      parts: {
        things: resource('things', {
          fields: { text },
          access: { read: anyOf(signedIn, role('staff')), create: owner('text') },
        }),
      },
    }),
  'rule-cycle': () =>
    backend('wrong', {
      parts: {
        users,
        hens: resource('hens', {
          fields: { egg: field.ref('eggs') },
          access: { read: anyOf(role('staff'), through('egg')) },
        }),
        eggs: resource('eggs', {
          fields: { hen: field.ref('hens') },
          access: { read: through('hen') },
        }),
      },
    }),
  'list-without-index': () =>
    withFields(
      { maker: field.ref('users'), published: field.boolean() },
      { access: { read: anyOf(owner('maker'), where({ published: true })) } },
    ),
  'list-of-unknown-field': () =>
    withFields({ public: field.boolean() }, { access: { read: where({ pulbic: true }) } }),
  'list-by-range': () =>
    withFields(
      { day: field.date({ optional: true }) },
      { indexes: [['day']], access: { read: where({ day: { isNull: false, lt: '2025-01-01' } }) } },
    ),
  'list-by-exclusion': () =>
    withFields({ maker: field.ref('users') }, { access: { read: not(owner('maker')) } }),
  command: () =>
    backend('wrong', {
      parts: {
        users,
        pay: command('pay', {
          input: { amount: field.integer({ unique: true }) },
          output: resource('receipts', { fields: { text } }),
          errors: {
            'too-late': { status: 409, title: 'Too late' },
            broke: { status: 500, title: ' ', data: { toString: text } },
          },
          access: anyOf(owner('customer'), where({ a: 1 }), role('clerk')),
          uses: { as: users, receipts: resource('receipts', { fields: { text } }) },
          run,
        }),
      },
    }),
  query: () =>
    backend('wrong', {
      parts: {
        users,
        best: query('best', {
          input: { filter: field.document(), ids: field.list(field.uuid()) },
          output: {},
          access: nobody,
          sql: run,
        }),
      },
    }),
  limits: () =>
    backend('wrong', {
      limits: {
        Burst: { quota: 10, per: '1m' },
        daily: { quota: 0, per: '1d' },
        hourly: { quota: 2.5, per: '1 hour' },
        yearly: { quota: 5, per: '365d' },
        endless: { quota: 1e12, per: '7d' },
        paying: { quota: 5, per: '1m', on: ['pya', 'user.create', 'users.creat', 'pay'] },
        idle: { quota: 5, per: '1m', on: [] },
        default: { quota: 5, per: '1m', by: 'address' },
        authentication: { quota: 5, per: '1m', on: ['pay'] },
      },
      parts: { users, pay: command('pay', { run }) },
    }),
  'limit-options': () =>
    backend('wrong', {
      limits: {
        burst: { quota: '10', per: 60 },
        daily: { quota: 10, per: '1d', by: 'ip', on: 'pay', window: '1d' },
        hourly: 10,
        empty: {},
      },
      parts: { users },
    }),
  'limits-without-identity': () =>
    backend('wrong', {
      limits: { integrations: { quota: 10, per: '1m', by: 'key' } },
      parts: { pay: command('pay', { access: access.anyone, run }) },
    }),
  'limits-too-many': () =>
    backend('wrong', {
      limits: Object.fromEntries(
        Array.from({ length: 19 }, (_, at) => [`limit-${at}`, { quota: 1, per: '1m' }]),
      ),
      parts: { users },
    }),
  hook: () =>
    backend('wrong', {
      parts: {
        users,
        stray: hook('stray', {
          on: resource('things', { fields: { text }, access: { read: anyone } }),
        }),
      },
    }),
}
