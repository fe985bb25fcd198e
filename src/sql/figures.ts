/** The figures of an aggregate: each term as its SQL, or a fault that says what there is. */

import type { FilterOperator } from '../declare/rule.ts'
import { filtersOf } from '../model/filter.ts'
import { countOfRows, groupKeyOf, isMeasure, measureOf } from '../model/measures.ts'
import { measureWords, spansOf, termText, type MeasureWord, type Term } from '../model/measures.ts'
import type { FieldModel } from '../model/model.ts'
import { insteadOf, listed, type QueryFaults } from './faults.ts'
import { nearestName, suggestion } from '../model/suggest.ts'
import { fieldValue } from './field-value.ts'
import { raw, sql, type Fragment } from './fragment.ts'
import { shownField, type VisibleField } from './visibility.ts'

type Visible = ReadonlyMap<string, VisibleField>

/** What a group has: a key that tells it apart, or a measure of its rows. */
export interface Figure {
  readonly term: Term
  readonly field: FieldModel
  readonly value: Fragment
}

export function groupKeys(
  terms: readonly Term[],
  visible: Visible,
  faults: QueryFaults,
): readonly Figure[] {
  const keys = found(terms.map(term => groupKey(term, visible, faults)))
  const names = keys.map(({ field }) => field.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) faults.add('group', 'duplicate', `${twice} groups twice.`)
  return keys
}

function groupKey(term: Term, visible: Visible, faults: QueryFaults): Figure | null {
  const field = readable(term, visible, 'group', faults, each => canGroup(term, each))
  if (field === null) return null
  const key = groupKeyOf(term.word, field)
  if (key !== null) return { term, field: key, value: keyValue(term, field) }
  const isDocument = term.word === null && field.kind === 'document'
  const place = `; by a place in it they can: ${field.name}.<name>.`
  const spans = spansOf(field).map(word => termText({ word, field: term.field }))
  const others = isDocument ? place : spans.length === 0 ? '.' : insteadOf(termText(term), spans)
  faults.add('group', 'unknown-measure', `Rows cannot be grouped by ${termText(term)}${others}`)
  return null
}

/** A document is grouped by places in it. */
function canGroup({ word }: Term, field: FieldModel): boolean {
  return field.kind === 'document' || groupKeyOf(word, field) !== null
}

/** Spans begin at midnight in UTC. */
function keyValue({ word }: Term, field: FieldModel): Fragment {
  const own = fieldValue('t', field)
  if (word === null) return own
  const span = raw(`'${word}'`)
  if (field.kind === 'date') return sql`date_trunc(${span}, ${own}::timestamp)::date`
  if (word === 'hour') return sql`date_trunc(${span}, ${own}, 'UTC')`
  return sql`date_trunc(${span}, ${own} at time zone 'UTC')::date`
}

const measureValues: Readonly<
  Record<Exclude<MeasureWord, 'count'>, (own: Fragment, result: FieldModel) => Fragment>
> = {
  sum: own => sql`sum(${own})`,
  avg: (own, { bounds }) => sql`round(avg(${own}), ${raw(String(bounds.scale))})`,
  min: own => sql`min(${own})`,
  max: own => sql`max(${own})`,
}

const numbers = 'integers, bigints and decimals'

/** What each figure is of, as a person is told it. */
const measurable: Readonly<Record<Exclude<MeasureWord, 'count'>, string>> = {
  sum: numbers,
  avg: numbers,
  min: `${numbers}, texts, dates and timestamps`,
  max: `${numbers}, texts, dates and timestamps`,
}

function figureForm(word: string, field: string): string {
  return termText({ word, field: word === 'count' ? '' : field })
}

export function figureOf(
  term: Term,
  visible: Visible,
  parameter: string,
  faults: QueryFaults,
): Figure | null {
  const { word } = term
  if (!isMeasure(word)) {
    const known = measureWords.map(each => figureForm(each, '…'))
    const nearest = nearestName(word ?? term.field, measureWords)
    const field = word === null ? '…' : term.field
    const near = nearest === null ? '' : ` (did you mean "${figureForm(nearest, field)}"?)`
    const detail = `${termText(term)} is no figure${near}; there are ${listed(known)}.`
    faults.add(parameter, 'unknown-measure', detail)
    return null
  }
  if (word === 'count') {
    if (term.field === '') return { term, field: countOfRows, value: raw('count(*)') }
    faults.add(parameter, 'unknown-measure', 'count() counts rows and takes no field.')
    return null
  }
  const field = readable(term, visible, parameter, faults, each => measureOf(word, each) !== null)
  if (field === null) return null
  const result = measureOf(word, field)
  if (result !== null)
    return { term, field: result, value: measureValues[word](fieldValue('t', field), result) }
  faults.add(
    parameter,
    'unknown-measure',
    `${field.name} has no ${word}; ${measurable[word]} have one.`,
  )
  return null
}

/**
 * The field of a term, where every row shows it: a figure would tell what a row hides. Of others
 * only those that fit are proposed.
 */
function readable(
  { field: asked }: Term,
  visible: Visible,
  parameter: string,
  faults: QueryFaults,
  fits: (field: FieldModel) => boolean,
): FieldModel | null {
  const shown = shownField(visible, asked)
  if (shown !== undefined && shown.rule === true) return shown.field
  const names = [...visible.values()].filter(({ rule, field }) => rule === true && fits(field))
  const others = insteadOf(
    asked,
    names.map(({ field }) => field.name),
  )
  const missing = asked === '' ? 'Name a field in the brackets' : `There is no field ${asked}`
  faults.add(parameter, 'unknown-field', missing + others)
  return null
}

export function sortFigure(
  term: Term,
  keys: readonly Figure[],
  visible: Visible,
  faults: QueryFaults,
): Figure | null {
  if (isMeasure(term.word)) return figureOf(term, visible, 'sort', faults)
  const key = keys.find(each => termText(each.term) === termText(term))
  if (key !== undefined) return key
  const near = suggestion(
    termText(term),
    keys.map(each => termText(each.term)),
  )
  const detail = `Groups are sorted by what they are grouped by, and by figures; not by ${termText(term)}${near}.`
  faults.add('sort', 'unknown-sort', detail)
  return null
}

export function testedFigure(
  term: Term,
  operator: FilterOperator,
  visible: Visible,
  faults: QueryFaults,
): Figure | null {
  const parameter = operator === 'eq' ? termText(term) : `${termText(term)}[${operator}]`
  const figure = figureOf(term, visible, parameter, faults)
  if (figure === null) return null
  const allowed = filtersOf(figure.field)
  if (allowed.includes(operator)) return figure
  const detail = `${termText(term)} has no filter ${operator}; it has ${listed(allowed)}.`
  faults.add(parameter, 'unknown-operator', detail)
  return null
}

export function found<T>(values: readonly (T | null)[]): readonly T[] {
  return values.filter(each => each !== null)
}
