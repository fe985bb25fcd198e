/** Reads the tables of one schema out of PostgreSQL's catalogue. */

import { isOwnConstraint } from './names.ts'
import { ownComment } from './statements.ts'
import type { Column, Constraint, Index, Table } from './table.ts'

/**
 * One row for each table of the first schema of the search path: a JSON document. Definitions come
 * as PostgreSQL writes them itself, so two readings on one server compare as texts.
 */
export const readCatalogue = `
select json_build_object(
  'name', c.relname,
  'comment', obj_description(c.oid, 'pg_class'),
  'columns', (
    select json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod) || case
        when a.attcollation <> t.typcollation then ' collate ' || quote_ident(l.collname) else '' end,
      'required', a.attnotnull,
      'unproven', (
        select n.conname from pg_constraint n
        where n.conrelid = c.oid and n.contype = 'n' and n.conkey = array[a.attnum] and not n.convalidated),
      'default', case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end
    ) order by a.attnum)
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_collation l on l.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
  'constraints', (
    select json_agg(json_build_object(
      'name', n.conname,
      'kind', case n.contype when 'p' then 'primary' when 'c' then 'check' else 'foreign' end,
      'columns', (select json_agg(a.attname order by k.at) from unnest(n.conkey) with ordinality k(number, at)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number),
      'definition', regexp_replace(pg_get_constraintdef(n.oid), ' NOT VALID$', ''),
      'valid', n.convalidated
    ) order by n.conname)
    from pg_constraint n where n.conrelid = c.oid and n.contype in ('p', 'c', 'f')),
  'indexes', (
    select json_agg(json_build_object(
      'name', r.relname,
      'comment', obj_description(r.oid, 'pg_class'),
      'unique', i.indisunique,
      'columns', (select coalesce(json_agg(a.attname order by a.attname), '[]') from pg_attribute a
        where a.attrelid = c.oid and a.attnum = any(i.indkey)),
      'definition', substring(pg_get_indexdef(r.oid) from ' (USING .*)$'),
      'valid', i.indisvalid and i.indisready
    ) order by r.relname)
    from pg_index i join pg_class r on r.oid = i.indexrelid
    where i.indrelid = c.oid and not i.indisprimary)
)::text
from pg_class c
where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
order by c.relname`

interface CatalogueTable {
  readonly name: string
  readonly comment: string | null
  readonly columns: readonly Omit<Column, 'renamedFrom'>[] | null
  readonly constraints: readonly Omit<Constraint, 'owned'>[] | null
  readonly indexes: readonly (Omit<Index, 'owned'> & { readonly comment: string | null })[] | null
}

/** Makes a table of one row of `readCatalogue`. */
export function parseTable(json: string): Table {
  const read: CatalogueTable = JSON.parse(json)
  return {
    name: read.name,
    renamedFrom: null,
    owned: read.comment === ownComment,
    columns: (read.columns ?? []).map(column => ({ ...column, renamedFrom: null })),
    constraints: (read.constraints ?? []).map(constraint => ({
      ...constraint,
      owned: constraint.kind === 'primary' || isOwnConstraint(constraint.name, read.name),
    })),
    indexes: (read.indexes ?? []).map(({ comment, ...index }) => ({
      ...index,
      owned: comment === ownComment,
    })),
  }
}

/** Gives tables that were read back the one thing the catalogue cannot hold: their former names. */
export function withFormerNames(
  read: readonly Table[],
  declared: readonly Table[],
): readonly Table[] {
  return declared.map(({ name, renamedFrom, columns }) => {
    const table = read.find(candidate => candidate.name === name)!
    return {
      ...table,
      renamedFrom,
      columns: table.columns.map((column, at) => ({
        ...column,
        renamedFrom: columns[at]!.renamedFrom,
      })),
    }
  })
}
