/** What a database still lacks: steps of the engine's own tables, then steps of the model's. */

import { parseTable, readCatalogue, withFormerNames } from '../../migrate/catalogue.ts'
import { desiredTables } from '../../migrate/desired.ts'
import { diff } from '../../migrate/diff.ts'
import { checksum, engineSchema } from '../../migrate/engine-schema.ts'
import { addForeignKeys } from '../../migrate/compare-constraints.ts'
import { createIndex, createTable } from '../../migrate/statements.ts'
import { step } from '../../migrate/step.ts'
import { MigrationError } from './migration-error.ts'
import type { MigrationSession } from './session.ts'
import type { Step } from '../../migrate/step.ts'
import type { Table } from '../../migrate/table.ts'
import type { Model } from '../../model/model.ts'

/** Changes nothing, although it needs the right to make temporary tables. */
export async function planMigration(
  session: MigrationSession,
  model: Model,
): Promise<readonly Step[]> {
  const want = await asCatalogued(session, desiredTables(model))
  const have = await readTables(session)
  return [...(await pendingEngineSteps(session)), ...diff(want, have)]
}

/**
 * PostgreSQL writes definitions in its own words (`x in ('a')` becomes `(x = 'a'::text)`), which
 * change between its releases. So the wanted tables are made for a moment as temporary ones and
 * read back: then like compares with like.
 */
async function asCatalogued(
  session: MigrationSession,
  tables: readonly Table[],
): Promise<readonly Table[]> {
  const made = [
    ...tables.flatMap(createTable),
    ...tables.flatMap(addForeignKeys).flatMap(({ statements }) => statements),
    ...tables.flatMap(table =>
      table.indexes.flatMap(index => createIndex(table.name, index, 'plain')),
    ),
  ]
  await session.run('begin')
  try {
    await session.run('set local search_path = pg_temp')
    for (const statement of made) await session.run(statement)
    return withFormerNames(await readTables(session), tables)
  } finally {
    await session.run('rollback')
  }
}

async function readTables(session: MigrationSession): Promise<readonly Table[]> {
  const rows = await session.run(readCatalogue)
  return rows.map(row => parseTable(String(row[0])))
}

async function pendingEngineSteps(session: MigrationSession): Promise<readonly Step[]> {
  const applied = await appliedChecksums(session)
  return engineSchema.flatMap(({ id, name, statements }) => {
    const recorded = engineStepName(id, name)
    const known = applied.get(recorded)
    if (known === undefined) {
      return [step({ name: recorded, statements, lock: 'none', reason: 'The engine needs it.' })]
    }
    if (known === checksum(statements)) return []
    throw new MigrationError(
      'changed',
      `The ${recorded} was applied with another text: this database belongs to another release of Mettle.`,
    )
  })
}

function engineStepName(id: number, name: string): string {
  return `engine step ${id}, ${name}`
}

async function appliedChecksums(session: MigrationSession): Promise<ReadonlyMap<string, string>> {
  const table = await session.run(`select to_regclass('"mettle"."migrations"')::text`)
  if (table[0]?.[0] === null) return new Map()
  const rows = await session.run(
    'select "name", "checksum" from "mettle"."migrations" order by "id"',
  )
  return new Map(rows.map(row => [String(row[0]), String(row[1])]))
}
