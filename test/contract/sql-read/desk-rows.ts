/** Rows of the help desk: few distinct values and many empty ones, so that orders have ties. */

import { idOf } from '../../unit/sql/desk.ts'
import type { Session } from './tables.ts'

export interface Ticket {
  readonly id: string
  readonly author: string
  readonly assignee: string | null
  readonly subject: string
  readonly priority: number | null
  readonly due: string | null
  readonly cost: string | null
  readonly weight: string
  readonly createdAt: string
}

const usersCount = 4
export const ticketsCount = 120

/** A small generator of its own (mulberry32), so that a failing test fails again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

/** The id of a number, as an expression over n. */
const idText = (number: string) =>
  `('00000000-0000-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`

/**
 * Users 1 to 4; ticket n has the id 1000 + n, comment n 2000 + n, like n 3000 + n, page n 4000 + n.
 */
export async function fillDesk(session: Session): Promise<readonly Ticket[]> {
  const pick = seeded(7)
  const some = <T>(value: T): T | null => (pick(3) === 0 ? null : value)
  const tickets = Array.from({ length: ticketsCount }, (_, number) => ({
    id: idOf(1000 + number),
    author: idOf(1 + pick(usersCount)),
    assignee: some(idOf(1 + pick(usersCount))),
    subject: `subject ${pick(5)}`,
    priority: some(pick(4)),
    due: some(`2026-01-0${1 + pick(3)}`),
    cost: some(`${pick(3)}.500`),
    weight: String(9_000_000_000_000_000_000n + BigInt(pick(3))),
    createdAt: `2026-01-01T00:00:00.00${pick(4)}Z`,
  }))
  await session.run(
    `insert into users (id, version, email, roles, name)
     select ${idText('n')}, 1, n || '@example.org', '[]', 'User ' || n
     from generate_series(1, ${usersCount}) n`,
  )
  await session.run(
    `insert into tickets (id, version, author_id, assignee_id, subject, priority, due, cost,
       weight, created_at, draft, open, mood, labels, salary)
     select (r->>'id')::uuid, 1, (r->>'author')::uuid, (r->>'assignee')::uuid, r->>'subject',
       (r->>'priority')::int, (r->>'due')::date, (r->>'cost')::numeric, (r->>'weight')::int8,
       (r->>'createdAt')::timestamptz, 'draft of ' || (r->>'id'), true, 'fine', '[]', 1
     from jsonb_array_elements($1::jsonb) r`,
    [JSON.stringify(tickets)],
  )
  await session.run(
    `insert into comments (id, version, ticket_id, text)
     select ${idText('2000 + n')}, 1, ${idText(`1000 + n * 7 % ${ticketsCount}`)}, 'comment ' || n
     from generate_series(0, 199) n`,
  )
  await session.run(
    `insert into likes (id, version, comment_id, by_id, hidden)
     select ${idText('3000 + n')}, 1, case when n % 5 > 0 then ${idText('2000 + n % 200')} end,
       ${idText(`1 + n % ${usersCount}`)}, case n % 3 when 0 then true when 1 then false end
     from generate_series(0, 299) n`,
  )
  await session.run(
    `insert into stars (id, version, ticket_id, by_id)
     select ${idText('5000 + n')}, 1, ${idText(`1000 + n % ${ticketsCount}`)},
       ${idText(`1 + n % ${usersCount}`)} from generate_series(0, 199) n`,
  )
  await session.run(
    `insert into pages (id, version, title, published, reviewer_id)
     select ${idText('4000 + n')}, 1, 'page ' || n % 9, n % 2 = 0,
       case when n % 3 = 0 then ${idText(`1 + n % ${usersCount}`)} end
     from generate_series(0, 59) n`,
  )
  await session.run('analyze')
  return tickets
}
