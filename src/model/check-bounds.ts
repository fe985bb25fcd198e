/** The bounds that each kind takes, checked against each other and against the engine's limits. */

import { Decimal } from '../base/decimal.ts'
import { limits } from '../base/limits.ts'
import type { FieldKind, FieldOptions } from '../declare/field.ts'
import type { Reporter } from './diagnostics.ts'
import { int8Max, int8Min } from './kinds/bigint.ts'
import { int4Max, int4Min } from './kinds/integer.ts'
import type { FieldBounds } from './model.ts'

const none: FieldBounds = Object.freeze({
  min: null,
  max: null,
  pattern: null,
  precision: null,
  scale: null,
})

type BoundsOf = (options: FieldOptions, reporter: Reporter) => FieldBounds

const unbounded: BoundsOf = () => none

const boundsOfKind: Readonly<Record<FieldKind, BoundsOf>> = {
  text: (options, reporter) => ({
    ...counted(options, limits.textCharsMax, 'characters', reporter),
    pattern: patternOf(options.pattern, reporter),
  }),
  integer: (options, reporter) => {
    const { min = null, max = null } = options
    for (const bound of [min, max]) {
      if (bound !== null && !isWithin(bound, int4Min, int4Max)) {
        reporter.report(
          'bounds',
          `${String(bound)} is not a whole number of 32 bits`,
          'use field.bigint for larger numbers',
        )
      }
    }
    return { ...none, ...ordered(asNumber(min), asNumber(max), reporter) }
  },
  bigint: (options, reporter) => {
    const [min, max] = [asBigint(options.min), asBigint(options.max)]
    for (const bound of [min, max]) {
      if (bound !== null && (bound < int8Min || bound > int8Max)) {
        reporter.report(
          'bounds',
          `${bound} is not a whole number of 64 bits`,
          'use field.decimal with scale 0 for larger numbers',
        )
      }
    }
    checkOrder(min !== null && max !== null && min > max, options, reporter)
    return { ...none, min: min?.toString() ?? null, max: max?.toString() ?? null }
  },
  decimal,
  boolean: unbounded,
  date: unbounded,
  timestamp: unbounded,
  uuid: unbounded,
  choice(options, reporter) {
    checkChoices(options.values ?? [], reporter)
    return none
  },
  document: unbounded,
  list: (options, reporter) => ({
    ...none,
    ...counted(options, limits.listItemsMax, 'items', reporter),
  }),
  object: unbounded,
  ref: unbounded,
}

/** Reports what does not fit and gives the bounds as the model keeps them. */
export function checkBounds(
  kind: FieldKind,
  options: FieldOptions,
  reporter: Reporter,
): FieldBounds {
  return Object.freeze(boundsOfKind[kind](options, reporter))
}

function counted(options: FieldOptions, most: number, of: string, reporter: Reporter): FieldBounds {
  const { min = null, max = null } = options
  for (const bound of [min, max]) {
    if (bound !== null && !isWithin(bound, 0, most)) {
      reporter.report(
        'bounds',
        `${String(bound)} is not a number of ${of}`,
        `give a whole number from 0 to ${most}`,
      )
    }
  }
  return { ...none, ...ordered(asNumber(min), asNumber(max), reporter) }
}

function ordered(
  min: number | null,
  max: number | null,
  reporter: Reporter,
): Pick<FieldBounds, 'min' | 'max'> {
  checkOrder(min !== null && max !== null && min > max, { min, max }, reporter)
  return { min, max }
}

function decimal(options: FieldOptions, reporter: Reporter): FieldBounds {
  const { precision = 0, scale = 0 } = options
  const [min, max] = [asDecimal(options.min, reporter), asDecimal(options.max, reporter)]
  if (!isWithin(precision, 1, limits.decimalPrecisionMax)) {
    reporter.report(
      'bounds',
      `precision ${precision} is not possible`,
      `give a whole number from 1 to ${limits.decimalPrecisionMax}`,
    )
  }
  if (!isWithin(scale, 0, precision)) {
    reporter.report(
      'bounds',
      `scale ${scale} is not between 0 and the precision ${precision}`,
      'precision counts all digits, scale those after the point',
    )
  }
  for (const bound of [min, max]) {
    if (bound !== null && !bound.toScale(scale).equals(bound)) {
      reporter.report(
        'bounds',
        `${bound.toString()} has more than ${scale} digits after the point`,
        'round the bound',
      )
    }
  }
  checkOrder(min !== null && max !== null && min.compare(max) > 0, options, reporter)
  return { ...none, min: min?.toString() ?? null, max: max?.toString() ?? null, precision, scale }
}

function checkOrder(
  wrong: boolean,
  { min, max }: Pick<FieldBounds, 'min' | 'max'> | FieldOptions,
  reporter: Reporter,
): void {
  if (wrong)
    reporter.report('bounds', `min ${String(min)} is above max ${String(max)}`, 'exchange the two')
}

function checkChoices(values: readonly string[], reporter: Reporter): void {
  if (values.length === 0)
    reporter.report('option', 'there is nothing to choose from', 'give at least one word')
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) {
    reporter.report(
      'option',
      `${JSON.stringify(twice)} stands twice among the choices`,
      'name each choice once',
    )
  }
  if (values.some(value => value === '' || value.includes('\0') || !value.isWellFormed())) {
    reporter.report(
      'option',
      'a choice must be text that is not empty',
      'name each choice by a word',
    )
  }
}

function patternOf(pattern: RegExp | undefined, reporter: Reporter): string | null {
  if (pattern === undefined) return null
  if (!isUnicodePattern(pattern.source)) {
    reporter.report(
      'option',
      `the pattern ${pattern.source} is not valid with the u flag`,
      'write it so that new RegExp(source, "u") takes it',
    )
    return null
  }
  if (pattern.flags.replace('u', '') !== '') {
    reporter.report(
      'option',
      `the flags ${pattern.flags} of the pattern are not kept`,
      'write a pattern that needs no flag but u',
    )
  }
  return pattern.source
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function asBigint(value: unknown): bigint | null {
  return typeof value === 'bigint' ? value : null
}

function asDecimal(value: FieldOptions['min'], reporter: Reporter): Decimal | null {
  if (value === undefined) return null
  try {
    return Decimal.parse(String(value))
  } catch {
    reporter.report(
      'bounds',
      `${String(value)} is not a decimal number`,
      "write digits with at most one point, such as '0.01'",
    )
    return null
  }
}

function isUnicodePattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').unicode
  } catch {
    return false
  }
}
