/** The exact statements of typical reads, and the rows that they give. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous, type Caller } from '../../../src/base/caller.ts'
import { compileRead } from '../../../src/sql/read.ts'
import type { ReadShape } from '../../../src/sql/plan.ts'
import { callerOf, desk, idOf } from '../../unit/sql/desk.ts'
import { fillDesk } from './desk-rows.ts'
import { expandOf, runAlone, shapeOf, sortOf } from './running.ts'
import { tablesOf } from './tables.ts'

const session = await tablesOf(desk)
const ticket = (await fillDesk(session))[4]!

/** The author of ticket 1004. */
const customer: Caller = { ...callerOf(0), id: ticket.author }
const staff = callerOf(99, 'staff')

interface Expected {
  readonly shape: ReadShape
  readonly caller: Caller
  /** Lines joined by a space. */
  readonly text: readonly string[]
  readonly types: readonly string[]
  readonly values: readonly unknown[]
  readonly row: readonly unknown[]
}

const ticketColumns = (alias: string) =>
  desk.resources
    .get('tickets')!
    .fields.map(field => `${alias}."${field.column}"`)
    .join(', ')
const commentColumns = (alias: string) =>
  ['id', 'version', 'created_at', 'updated_at', 'ticket_id', 'text']
    .map(name => `${alias}."${name}"`)
    .join(', ')

const cases: Readonly<Record<string, Expected>> = {
  'a point read by the owner': {
    shape: shapeOf('tickets', 'one', { fields: ['id', 'subject', 'cost'] }),
    caller: customer,
    text: [
      `select '{"id":"' || t."id"::text || '","subject":' || to_json(t."subject")::text ||`,
      `',"cost":' || coalesce('"' || t."cost"::text || '"', 'null') || '}', t."version" from "tickets" t`,
      `where t."id" = $1::uuid and (t."author_id" = $2::uuid or t."assignee_id" = $2::uuid)`,
    ],
    types: ['uuid', 'uuid'],
    values: [idOf(1004)],
    row: [
      `{"id":"${idOf(1004)}","subject":"${ticket.subject}","cost":${JSON.stringify(ticket.cost)}}`,
      1,
    ],
  },
  'a point read through the parent': {
    shape: shapeOf('comments', 'one', { fields: ['text'] }),
    caller: customer,
    text: [
      `select '{"text":' || to_json(t."text")::text || '}', t."version" from "comments" t`,
      `where t."id" = $1::uuid and exists (select 1 from "tickets" tp where tp."id" = t."ticket_id"`,
      `and (tp."author_id" = $2::uuid or tp."assignee_id" = $2::uuid) offset 0)`,
    ],
    types: ['uuid', 'uuid'],
    values: [idOf(2052)],
    row: ['{"text":"comment 52"}', 1],
  },
  'a page behind a cursor': {
    shape: shapeOf('tickets', 'list', {
      fields: ['subject'],
      sort: sortOf('weight', '-createdAt'),
      after: true,
    }),
    caller: staff,
    text: [
      `select '[' || coalesce(string_agg('{"subject":' || to_json(t."subject")::text || '}', ',')`,
      `filter (where t."#" <= $1::int4), '') || ']', case when count(*) > $1::int4`,
      `then min(to_json(array[t."weight"::text, t."created_at"::text, t."id"::text])::text)`,
      `filter (where t."#" = $1::int4) end from (select ${ticketColumns('t')}, row_number() over () as "#"`,
      `from (select ${ticketColumns('t')} from (select k."id" from`,
      `((select t."weight", t."created_at", t."id" from "tickets" t where t."weight" > $2::int8`,
      `order by t."weight", t."created_at" desc, t."id" desc limit $1::int4 + 1)`,
      `union (select t."weight", t."created_at", t."id" from "tickets" t`,
      `where t."weight" = $2::int8 and t."created_at" < $3::timestamptz`,
      `order by t."weight", t."created_at" desc, t."id" desc limit $1::int4 + 1)`,
      `union (select t."weight", t."created_at", t."id" from "tickets" t`,
      `where t."weight" = $2::int8 and t."created_at" = $3::timestamptz and t."id" < $4::uuid`,
      `order by t."weight", t."created_at" desc, t."id" desc limit $1::int4 + 1)) k`,
      `order by k."weight", k."created_at" desc, k."id" desc limit $1::int4 + 1) k`,
      `cross join lateral (select ${ticketColumns('t')} from "tickets" t where t."id" = k."id" offset 0) t`,
      `order by t."weight", t."created_at" desc, t."id" desc) t) t`,
    ],
    types: ['int4', 'int8', 'timestamptz', 'uuid'],
    values: ['9000000000000000002', '2026-01-01T00:00:00.000Z', idOf(0), 10],
    row: ['[]', null],
  },
  'a list through the parent': {
    shape: shapeOf('comments', 'list', {
      fields: ['text'],
      filters: [{ field: 'ticket', operator: 'eq' }],
    }),
    caller: customer,
    text: [
      `select '[' || coalesce(string_agg('{"text":' || to_json(t."text")::text || '}', ',')`,
      `filter (where t."#" <= $1::int4), '') || ']', case when count(*) > $1::int4`,
      `then min(to_json(array[t."id"::text])::text) filter (where t."#" = $1::int4) end`,
      `from (select ${commentColumns('t')}, row_number() over () as "#"`,
      `from (select ${commentColumns('t')} from (select p."id" from "tickets" p`,
      `where p."id" = $2::uuid and (p."author_id" = $3::uuid or p."assignee_id" = $3::uuid) offset 0) f`,
      `cross join lateral (select ${commentColumns('t')} from "comments" t`,
      `where t."ticket_id" = f."id" and t."ticket_id" = $2::uuid order by t."id" limit $1::int4 + 1) t`,
      `order by t."id" limit $1::int4 + 1) t) t`,
    ],
    types: ['int4', 'uuid', 'uuid'],
    values: [idOf(1004), 1],
    row: ['[{"text":"comment 52"}]', `["${idOf(2052)}"]`],
  },
  'an inverse with a reference in it': {
    shape: shapeOf('tickets', 'one', {
      fields: [],
      expand: [
        expandOf('comments', {
          fields: ['text'],
          expand: [expandOf('ticket', { fields: ['subject'] })],
        }),
      ],
    }),
    caller: staff,
    text: [
      `select '{"comments":' || (select '[' || coalesce(string_agg('{"ticket":' ||`,
      `coalesce((select '{"subject":' || to_json(t11."subject")::text || '}' from "tickets" t11`,
      `where t11."id" = t1."ticket_id"), 'null') || ',"text":' || to_json(t1."text")::text || '}', ','), '')`,
      `|| ']' from (select ${commentColumns('t1')} from "comments" t1 where t1."ticket_id" = t."id"`,
      `order by t1."id" limit 100) t1) || '}', t."version" from "tickets" t where t."id" = $1::uuid`,
    ],
    types: ['uuid'],
    values: [idOf(1004)],
    row: [
      `{"comments":[{"ticket":{"subject":"${ticket.subject}"},"text":"comment 52"},{"ticket":{"subject":"${ticket.subject}"},"text":"comment 172"}]}`,
      1,
    ],
  },
  'a list that nobody may read': {
    shape: shapeOf('tickets', 'list', { fields: [] }),
    caller: anonymous,
    text: [
      `select '[' || coalesce(string_agg('{}', ',') filter (where t."#" <= $1::int4), '') || ']',`,
      `case when count(*) > $1::int4 then min(to_json(array[t."id"::text])::text)`,
      `filter (where t."#" = $1::int4) end from (select ${ticketColumns('t')}, row_number() over () as "#"`,
      `from (select ${ticketColumns('t')} from "tickets" t where false) t) t`,
    ],
    types: ['int4'],
    values: [5],
    row: ['[]', null],
  },
}

for (const [name, { shape, caller, text, types, values, row }] of Object.entries(cases)) {
  test(name, async () => {
    const plan = compileRead(desk, shape, caller)
    assert.equal(plan.text, text.join(' '))
    assert.deepEqual(
      plan.parameters.map(({ type }) => type),
      types,
    )
    assert.deepEqual(await runAlone(session, plan, { values, caller }), row)
  })
}

test('the batched form puts the requests in front', () => {
  const plan = compileRead(desk, shapeOf('tickets', 'one', { fields: ['id'] }), customer)
  assert.equal(
    plan.batch,
    [
      `select q.n, r.c1, r.c2 from unnest($1::uuid[], $2::uuid[], $3::int4[]) as q(p1, p2, n)`,
      `cross join lateral (select '{"id":"' || t."id"::text || '"}', t."version" from "tickets" t`,
      `where t."id" = q.p1 and (t."author_id" = q.p2 or t."assignee_id" = q.p2) offset 0) as r(c1, c2)`,
    ].join(' '),
  )
})
