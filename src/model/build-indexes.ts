/** The indexes of a table: its primary key, unique keys, references and what is declared. */

import { limits } from '../base/limits.ts'
import type { Resource } from '../declare/resource.ts'
import { article } from './build-rules.ts'
import { linkedReferences } from './build-links.ts'
import type { Reporter } from './diagnostics.ts'
import { documentOf, fieldNamed, pathForm } from './document-path.ts'
import type { FieldModel, IndexModel } from './model.ts'
import { boundedName } from './names.ts'
import { suggestion } from './suggest.ts'

type Columns = IndexModel['columns']

/** The primary key first. Non-unique indexes end in `id`, in the direction of their last column. */
export function buildIndexes(
  declared: Resource,
  table: string,
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): readonly IndexModel[] {
  const indexes = new Map<string, IndexModel>()
  const add = (columns: Columns, unique: boolean, origin: IndexModel['origin']): boolean => {
    const signature = `${unique ? 'unique ' : ''}${signatureOf(columns)}`
    if (indexes.has(signature)) return false
    const name = indexName(table, columns, fields, origin)
    indexes.set(signature, Object.freeze({ name, columns: Object.freeze(columns), unique, origin }))
    return true
  }
  add([ascending('id')], true, 'primary')
  for (const field of fields.values()) {
    if (!field.unique) continue
    const columns = [ascending(field.name)]
    checkWidth(columns, fields, reporter.inside('fields', field.name))
    add(columns, true, 'unique')
  }
  declared.unique.forEach((names, at) => {
    const inner = reporter.inside(`unique[${at}]`)
    const columns = resolveColumns(names, fields, inner)
    if (columns === null || !checkWhole(columns, fields, inner)) return
    if (!add(columns, true, 'unique')) reportTwice(inner)
  })
  // a link ties a pair together once
  const ends = linkedReferences(declared.link, fields)?.map(({ name }) => ascending(name)) ?? []
  if (ends.length > 0 && !indexes.has(`unique ${signatureOf(ends.toReversed())}`))
    add(ends, true, 'unique')
  declared.indexes.forEach((names, at) => {
    const inner = reporter.inside(`indexes[${at}]`)
    const columns = resolveColumns(names, fields, inner)
    if (columns !== null && !add(totally(columns), false, 'declared')) reportTwice(inner)
  })
  for (const field of fields.values()) {
    if (field.kind === 'ref') add([ascending(field.name), ascending('id')], false, 'reference')
  }
  return Object.freeze([...indexes.values()])
}

function ascending(field: string): Columns[number] {
  return Object.freeze({ field, descending: false })
}

/** With `id` at the end, an order by the index is total and a cursor needs nothing else. */
function totally(columns: Columns): Columns {
  if (columns.some(({ field }) => field === 'id')) return columns
  return [
    ...columns,
    Object.freeze({ field: 'id', descending: columns.at(-1)?.descending ?? false }),
  ]
}

function signatureOf(columns: Columns): string {
  return columns.map(({ field, descending }) => (descending ? `-${field}` : field)).join(',')
}

function resolveColumns(
  names: readonly string[],
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): Columns | null {
  if (names.length === 0) {
    reporter.report('index', 'the index has no field', 'name at least one field')
    return null
  }
  const columns = names.map(name => {
    const descending = name.startsWith('-')
    return Object.freeze({ field: descending ? name.slice(1) : name, descending })
  })
  const sound = columns.map(({ field }) => checkColumn(field, fields, reporter)).every(Boolean)
  if (!sound || !checkOnce(columns, reporter)) return null
  checkWidth(columns, fields, reporter)
  return columns
}

function checkColumn(
  name: string,
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): boolean {
  const field = fieldNamed(fields, name)
  if (name === '') {
    reporter.report(
      'index',
      'it names no field',
      "write the name of a field, behind '-' where the order is descending: '-createdAt'",
    )
    return false
  }
  if (field === undefined && fields.get(documentOf(name))?.kind === 'document') {
    reporter.report('index', `${JSON.stringify(name)} leads nowhere`, pathForm)
    return false
  }
  if (field === undefined) {
    const near = suggestion(name, fields.keys())
    reporter.report(
      'unknown-field',
      `there is no field ${JSON.stringify(name)}${near}`,
      `use some of ${[...fields.keys()].join(', ')}`,
    )
    return false
  }
  if (field.members !== null || (field.kind === 'document' && field.path === null)) {
    reporter.report(
      'index',
      `${name} is ${article(field.kind)}, which an index cannot sort`,
      field.members === null
        ? `name a place in it, such as '${name}.color'`
        : 'index scalar fields',
    )
    return false
  }
  return true
}

/** Of a text in a document an index holds the beginning only. */
function checkWhole(
  columns: Columns,
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): boolean {
  const place = columns.find(({ field }) => !fields.has(field))
  if (place === undefined) return true
  reporter.report(
    'index',
    `${place.field} lies inside a document, where nothing can be held unique`,
    'make it a field of its own',
  )
  return false
}

function checkOnce(columns: Columns, reporter: Reporter): boolean {
  const names = columns.map(({ field }) => field)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return true
  reporter.report('index', `${twice} stands twice in the index`, 'name each field once')
  return false
}

/** A B-tree entry must fit in a third of a page: 2,704 bytes, four for a character at worst. */
function checkWidth(
  columns: Columns,
  fields: ReadonlyMap<string, FieldModel>,
  reporter: Reporter,
): void {
  let characters = 0
  for (const { field } of columns) {
    const model = fieldNamed(fields, field)
    if (model?.kind === 'text') characters += Number(model.bounds.max ?? limits.textCharsMax)
    if (model?.kind === 'document') characters += limits.documentPathCharsMax
  }
  if (characters > limits.indexedTextCharsMax) {
    const most = limits.indexedTextCharsMax
    reporter.report(
      'index',
      `its texts may have ${characters} characters, more than the ${most} that an index entry holds`,
      `give the text a max, so that the texts of the index have at most ${most} characters together`,
    )
  }
}

function reportTwice(reporter: Reporter): void {
  reporter.report('index', 'there is an index of these fields already', 'leave one of the two out')
}

const endings: Readonly<Record<IndexModel['origin'], string>> = {
  primary: 'pkey',
  unique: 'key',
  declared: 'idx',
  reference: 'idx',
}

function indexName(
  table: string,
  columns: Columns,
  fields: ReadonlyMap<string, FieldModel>,
  origin: IndexModel['origin'],
): string {
  if (origin === 'primary') return boundedName(`${table}_pkey`)
  const words = columns.map(({ field, descending }) => {
    // no column has a dot in its name, so no other index is named so
    const column = fields.get(field)?.column ?? field
    return descending ? `${column}_desc` : column
  })
  return boundedName([table, ...words, endings[origin]].join('_'))
}
