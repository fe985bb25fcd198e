/**
 * What groups of rows are measured and told apart by: the words of aggregates, and what each makes
 * of a field.
 */

import { limits } from '../base/limits.ts'
import { engineField } from './engine-field.ts'
import type { FieldKind, FieldModel } from './model.ts'

export const measureWords = ['count', 'sum', 'avg', 'min', 'max'] as const
export type MeasureWord = (typeof measureWords)[number]

/** Spans of time that a moment or a day is counted to, each by its first day; in UTC. */
const spanWords = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const
type SpanWord = (typeof spanWords)[number]

/** `sum(total)`, `month(createdAt)`, `count()`; a bare field has no word. */
export interface Term {
  readonly word: string | null
  readonly field: string
}

/** As it stands in a URL. */
export function termText({ word, field }: Term): string {
  return word === null ? field : `${word}(${field})`
}

export function isMeasure(word: string | null): word is MeasureWord {
  return measureWords.some(known => known === word)
}

/** An average has this many digits more behind the point than what it is of. */
const averageDigits = 6

type Result = (field: FieldModel) => FieldModel

/** What a measure gives for a field of a kind; a kind that is not named has none. */
const results: Readonly<
  Record<Exclude<MeasureWord, 'count'>, Readonly<Partial<Record<FieldKind, Result>>>>
> = {
  sum: {
    integer: field => figure(`sum(${field.name})`, 'bigint', null),
    bigint: field => figure(`sum(${field.name})`, 'decimal', 0),
    decimal: field => figure(`sum(${field.name})`, 'decimal', scaleOf(field)),
  },
  avg: {
    integer: averageOf,
    bigint: averageOf,
    decimal: averageOf,
  },
  min: extremes('min'),
  max: extremes('max'),
}

function averageOf(field: FieldModel): FieldModel {
  return figure(`avg(${field.name})`, 'decimal', scaleOf(field) + averageDigits)
}

function extremes(word: 'min' | 'max'): Readonly<Partial<Record<FieldKind, Result>>> {
  const own: Result = field =>
    Object.freeze({ ...field, name: `${word}(${field.name})`, optional: true })
  return { integer: own, bigint: own, decimal: own, date: own, timestamp: own, text: own }
}

export const countOfRows: FieldModel = figure('count()', 'bigint', null)

/** The figure that a measure of the field is; null where there is none. */
export function measureOf(
  word: Exclude<MeasureWord, 'count'>,
  field: FieldModel,
): FieldModel | null {
  return results[word][field.kind]?.(field) ?? null
}

/** What rows are grouped by: the field itself, or the span that its moment lies in. */
export function groupKeyOf(word: string | null, field: FieldModel): FieldModel | null {
  if (word === null) return field.path !== null || isScalar(field.kind) ? field : null
  if (!spansOf(field).some(span => span === word)) return null
  return word === 'hour' ? field : Object.freeze({ ...field, kind: 'date' })
}

export function spansOf({ kind }: FieldModel): readonly SpanWord[] {
  if (kind === 'timestamp') return spanWords
  return kind === 'date' ? spanWords.filter(word => word !== 'hour') : []
}

function isScalar(kind: FieldKind): boolean {
  return kind !== 'document' && kind !== 'list' && kind !== 'object'
}

function scaleOf({ kind, bounds }: FieldModel): number {
  return kind === 'decimal' ? (bounds.scale ?? 0) : 0
}

/** A number that no row holds. */
function figure(name: string, kind: 'bigint' | 'decimal', scale: number | null): FieldModel {
  const precision = scale === null ? null : limits.decimalPrecisionMax
  const bounds = { precision, scale }
  return engineField(name, kind, { column: name, optional: true, readOnly: true, bounds })
}
