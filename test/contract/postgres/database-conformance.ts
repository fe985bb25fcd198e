/** What every adapter of the Database port must do. */

import assert from 'node:assert/strict'
import { before, beforeEach, test, after, suite } from 'node:test'
import { DatabaseError, type Database, type Route } from '../../../src/ports/database.ts'

/** `make` gives a database that was not started, on an empty PostgreSQL database. */
export function databaseConformance(name: string, make: () => Database): void {
  suite(`${name} is a Database`, () => {
    let database: Database
    before(async () => {
      database = make()
      await database.start()
      await database.session(async session => {
        await session.run(statement('create table items (id int primary key, name text not null)'))
        await session.run(statement('create table parts (id int, item int references items)'))
      })
    })
    beforeEach(() => database.session(session => session.run(statement('truncate items, parts'))))
    after(() => database.stop())

    valuesAndRows(() => database)
    failures(() => database)
    transactions(() => database)
    levels(() => database)
    sessions(() => database)
    waiting(() => database)
    life(make)
  })
}

export function statement(text: string, ...values: readonly unknown[]) {
  return { text, values }
}

/** Matches a `DatabaseError` by its fields. */
export function failing(expected: Partial<DatabaseError>) {
  return (error: unknown) => {
    assert.ok(error instanceof DatabaseError, `not a DatabaseError: ${String(error)}`)
    assert.deepEqual(pick(error, expected), expected)
    return true
  }
}

function pick(error: DatabaseError, expected: Partial<DatabaseError>): Partial<DatabaseError> {
  const { kind, sqlState, constraint, table, column, message } = error
  const all = { kind, sqlState, constraint, table, column, message }
  return Object.fromEntries(Object.entries(all).filter(([key]) => key in expected))
}

const insert = 'insert into items (id, name) values ($1, $2)'
const count = statement('select count(*)::int4 from items')

function valuesAndRows(database: () => Database): void {
  for (const route of ['read', 'write', 'scan', 'pool'] satisfies Route[]) {
    test(`${route}: int4, bool and null have values, all other types are text`, async () => {
      const text = `select 1::int4, true, null::int4, 2::int8, 1.50::numeric, '{"a": 1}'::jsonb,
        timestamptz '2026-01-02 03:04:05.678+01', date '2026-01-02'`
      const row = [
        1,
        true,
        null,
        '2',
        '1.50',
        '{"a": 1}',
        '2026-01-02 02:04:05.678+00',
        '2026-01-02',
      ]
      for (let use = 0; use < 6; use++) {
        assert.deepEqual(await database().run(statement(text), route), [row])
      }
    })
  }

  test('naughty texts come back from arrays as they went in', async () => {
    const texts = [
      '',
      'NULL',
      'null',
      '"',
      '\\',
      '\\\\"',
      '{a,b}',
      ' a ',
      "'",
      'ü€😀',
      '\n\t',
      null,
    ]
    const rows = await database().run(statement('select unnest($1::text[])', texts), 'read')
    assert.deepEqual(
      rows.map(row => row[0]),
      texts,
    )
  })

  test('documents travel in arrays of jsonb', async () => {
    const documents = ['{"a": "b\\"c\\\\"}', '[1, null]', '"x"', 'null', null]
    const rows = await database().run(statement('select unnest($1::jsonb[])', documents), 'read')
    assert.deepEqual(
      rows.map(row => row[0]),
      documents,
    )
  })

  test('bytes go out alone and in arrays', async () => {
    const bytes = new Uint8Array([0, 92, 34, 255])
    const text = 'select encode($1::bytea, $2), encode(($3::bytea[])[1], $2)'
    const rows = await database().run(statement(text, bytes, 'hex', [bytes]), 'read')
    assert.deepEqual(rows, [['005c22ff', '005c22ff']])
  })

  test('a statement without rows answers an empty list', async () => {
    assert.deepEqual(await database().run(statement(insert, 1, 'a'), 'write'), [])
  })
}

function failures(database: () => Database): void {
  test('a refusal names the state, the constraint and the table', async () => {
    await database().run(statement(insert, 1, 'a'), 'write')
    const again = database().run(statement(insert, 1, 'b'), 'write')
    const unique = { sqlState: '23505', constraint: 'items_pkey', table: 'items' }
    await assert.rejects(again, failing({ kind: 'refused', ...unique }))
    const empty = database().run(statement(insert, 2, null), 'write')
    await assert.rejects(empty, failing({ sqlState: '23502', table: 'items', column: 'name' }))
    const orphan = database().run(statement('insert into parts values (1, 9)'), 'write')
    await assert.rejects(orphan, failing({ sqlState: '23503', constraint: 'parts_item_fkey' }))
  })

  test('of statements that are sent together, only the wrong ones fail', async () => {
    const divisors = Array.from({ length: 30 }, (_, index) => index % 3)
    const text = 'select 6 / $1::int4'
    const runs = divisors.map(divisor => database().run(statement(text, divisor), 'read'))
    for (const [index, outcome] of (await Promise.allSettled(runs)).entries()) {
      const divisor = divisors[index] ?? 0
      if (outcome.status === 'fulfilled') assert.deepEqual(outcome.value, [[6 / divisor]])
      else assert.ok(divisor === 0 && failing({ sqlState: '22012' })(outcome.reason))
    }
  })

  for (const route of ['read', 'scan'] satisfies Route[]) {
    test(`the ${route} route changes nothing`, async () => {
      const write = database().run(statement(insert, 1, 'a'), route)
      await assert.rejects(write, failing({ kind: 'refused', sqlState: '25006' }))
      assert.deepEqual(await database().run(count, 'read'), [[0]])
    })
  }

  test('a value that no statement can take is an error of the program', async () => {
    await assert.rejects(database().run(statement('select $1', new Date(0)), 'read'), TypeError)
  })
}

function transactions(database: () => Database): void {
  test('a transaction commits what its work did', async () => {
    const result = await database().transaction(readCommitted, async transaction => {
      await transaction.run(statement(insert, 1, 'a'))
      assert.deepEqual(await transaction.run(count), [[1]])
      assert.deepEqual(await database().run(count, 'read'), [[0]])
      return 'done'
    })
    assert.equal(result, 'done')
    assert.deepEqual(await database().run(count, 'read'), [[1]])
  })

  test('when the work rejects, nothing stays and its error comes out', async () => {
    const error = new Error('changed my mind')
    const transaction = database().transaction(readCommitted, async open => {
      await open.run(statement(insert, 1, 'a'))
      throw error
    })
    await assert.rejects(transaction, each => each === error)
    assert.deepEqual(await database().run(count, 'read'), [[0]])
  })

  test('a failed statement that the work swallows still fails the transaction', async () => {
    const transaction = database().transaction(readCommitted, async open => {
      await open.run(statement(insert, 1, 'a'))
      await open.run(statement('select 1 / 0')).catch(() => [])
    })
    await assert.rejects(transaction, failing({ kind: 'refused', sqlState: '25P02' }))
    assert.deepEqual(await database().run(count, 'read'), [[0]])
  })

  test('when the first statement fails, those after it do not run on their own', async () => {
    for (const wrong of [statement('select 1 / 0'), statement('select $1', new Date(0))]) {
      const transaction = database().transaction(readCommitted, open =>
        Promise.allSettled([open.run(wrong), open.run(statement(insert, 1, 'a'))]),
      )
      await assert.rejects(transaction, failing({ kind: 'refused', sqlState: '25P02' }))
      assert.deepEqual(await database().run(count, 'read'), [[0]])
    }
  })

  test('a transaction without a statement is one', async () => {
    assert.equal(await database().transaction(readCommitted, () => Promise.resolve(7)), 7)
  })

  test('a constraint that is checked at the commit refuses the commit', async () => {
    const text = 'alter table parts alter constraint parts_item_fkey deferrable initially deferred'
    await database().session(session => session.run(statement(text)))
    const transaction = database().transaction(readCommitted, open =>
      open.run(statement('insert into parts values (1, 9)')),
    )
    await assert.rejects(transaction, failing({ kind: 'refused', sqlState: '23503' }))
  })
}

function levels(database: () => Database): void {
  test('isolation, read only and the timeout are those asked for, for one transaction', async () => {
    const ask = statement(`select current_setting('transaction_isolation'),
      current_setting('transaction_read_only'), current_setting('statement_timeout')`)
    for (const isolation of ['read committed', 'repeatable read', 'serializable'] as const) {
      const options = {
        isolation,
        readOnly: isolation === 'serializable',
        statementTimeoutMs: 1234,
      }
      const rows = await database().transaction(options, open => open.run(ask))
      assert.deepEqual(rows, [[isolation, options.readOnly ? 'on' : 'off', '1234ms']])
    }
    const [row] = await database().transaction(readCommitted, open => open.run(ask))
    assert.notEqual(row?.[2], '1234ms')
  })

  test('the server ends a statement that takes longer than its timeout', async () => {
    const options = { ...readCommitted, statementTimeoutMs: 20 }
    const transaction = database().transaction(options, open =>
      open.run(statement('select pg_sleep(60)')),
    )
    await assert.rejects(transaction, failing({ kind: 'refused', sqlState: '57014' }))
  })

  test('serializable transactions that contradict each other do not both commit', async () => {
    const options = { isolation: 'serializable' } as const
    const sum = statement('select coalesce(sum(id), 0)::int4 from items')
    const outcomes = await Promise.allSettled([
      database().transaction(options, async first => {
        await first.run(sum)
        await database().transaction(options, async second => {
          await second.run(sum)
          await second.run(statement(insert, 1, 'second'))
        })
        await first.run(statement(insert, 2, 'first'))
        await first.run(sum)
      }),
    ])
    const [outcome] = outcomes
    assert.ok(outcome?.status === 'rejected')
    failing({ kind: 'refused', sqlState: '40001' })(outcome.reason)
  })

  test('statements of a transaction may be sent together', async () => {
    await database().transaction(readCommitted, open =>
      Promise.all([1, 2, 3].map(id => open.run(statement(insert, id, 'x')))),
    )
    assert.deepEqual(await database().run(count, 'read'), [[3]])
  })

  test('a transaction that has ended takes no statement', async () => {
    const kept = await database().transaction(readCommitted, open => Promise.resolve({ open }))
    await assert.rejects(kept.open.run(count), /has ended/)
  })
}

const readCommitted = { isolation: 'read committed' } as const

function sessions(database: () => Database): void {
  test('a session keeps its state to itself and gives it up at its end', async () => {
    const lock = statement('select pg_try_advisory_lock(7)')
    await database().session(async session => {
      assert.deepEqual(await session.run(lock), [[true]])
      assert.deepEqual(await session.run(lock), [[true]])
      await database().session(async other => assert.deepEqual(await other.run(lock), [[false]]))
    })
    await database().session(async later => assert.deepEqual(await later.run(lock), [[true]]))
  })

  test('a session has no timeouts of its own and may open a transaction', async () => {
    await database().session(async session => {
      assert.deepEqual(await session.run(statement('show statement_timeout')), [['0']])
      await session.run(statement('begin'))
      await session.run(statement(insert, 1, 'a'))
      await session.run(statement('rollback'))
    })
    assert.deepEqual(await database().run(count, 'read'), [[0]])
  })
}

function waiting(database: () => Database): void {
  for (const route of ['read', 'write', 'scan', 'pool'] satisfies Route[]) {
    test(`${route}: a caller whose signal has ended is not served`, async () => {
      const run = database().run(count, route, AbortSignal.abort())
      await assert.rejects(run, failing({ kind: 'full' }))
    })
  }

  test('many callers all get their own answers', async () => {
    const numbers = Array.from({ length: 300 }, (_, index) => index)
    const routes: readonly Route[] = ['read', 'write', 'scan', 'pool']
    const rows = await Promise.all(
      numbers.map(number =>
        database().run(statement('select $1::int4', number), routes[number % routes.length]!),
      ),
    )
    assert.deepEqual(
      rows,
      numbers.map(number => [[number]]),
    )
  })

  test('nobody waits when all is answered', () => {
    const places = Object.values(database().levels())
    assert.deepEqual(new Set(places.flatMap(held => [held.busy, held.waiting])), new Set([0]))
  })
}

function life(make: () => Database): void {
  test('it may stop before it started, and twice, and then refuses', async () => {
    const unstarted = make()
    await unstarted.stop()
    const database = make()
    await assert.rejects(database.run(count, 'read'), failing({ kind: 'unavailable' }))
    await database.start()
    await database.ping()
    await Promise.all([database.stop(), database.stop()])
    for (const route of ['read', 'write', 'scan', 'pool'] satisfies Route[]) {
      await assert.rejects(database.run(count, route), failing({ kind: 'unavailable' }))
    }
    await assert.rejects(database.ping(), failing({ kind: 'unavailable' }))
  })

  test('a stop lets the statements that were sent finish', async () => {
    const database = make()
    await database.start()
    const sent = [
      database.run(statement('select 1 from pg_sleep(0.1)'), 'read'),
      database.run(statement('select 2 from pg_sleep(0.1)'), 'write'),
    ]
    const open = database.transaction(readCommitted, transaction =>
      transaction.run(statement('select 3 from pg_sleep(0.1)')),
    )
    while (database.levels().pool.busy === 0) await new Promise(setImmediate)
    await database.stop()
    assert.deepEqual(await Promise.all([...sent, open]), [[[1]], [[2]], [[3]]])
  })
}
