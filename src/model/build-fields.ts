/** Declared fields resolved into field models: names, columns, bounds and defaults. */

import { isField } from '../declare/field.ts'
import type { Field, FieldOptions, Shape } from '../declare/field.ts'
import { checkBounds } from './check-bounds.ts'
import type { Reporter } from './diagnostics.ts'
import { Faults } from './faults.ts'
import { frozen } from './frozen.ts'
import { codec } from './kinds/index.ts'
import type { FieldDefault, FieldModel } from './model.ts'
import {
  camelCase,
  identifierBytesMax,
  reservedFieldReason,
  reservedMemberReason,
  snakeCased,
} from './names.ts'

/** Where a shape stands: it decides which names and options make sense. */
export type ShapeUse =
  | 'resource'
  | 'identity'
  /** E-mail and roles, whose names are reserved for them. */
  | 'identity-account'
  | 'input'
  | 'query-input'
  | 'output'
  | 'member'

export function buildFields(
  shape: Shape,
  use: ShapeUse,
  reporter: Reporter,
): readonly FieldModel[] {
  const fields = Object.entries(shape).map(([name, field]) => {
    const inner = reporter.inside(name)
    checkName(name, use, inner)
    return buildField(name, field, use, inner)
  })
  if (isTable(use)) {
    checkColumns(fields, reporter)
    checkRenames(fields, reporter)
  }
  return Object.freeze(fields)
}

function buildField(name: string, field: Field, use: ShapeUse, reporter: Reporter): FieldModel {
  const { kind, options } = field
  checkUse(field, use, reporter)
  const withoutDefault: FieldModel = {
    name,
    column: snakeCased(name) + (kind === 'ref' && isTable(use) ? '_id' : ''),
    kind,
    optional: options.optional ?? false,
    default: null,
    system: false,
    readOnly: false,
    unique: options.unique ?? false,
    bounds: checkBounds(kind, options, reporter),
    values: options.values ?? null,
    target: options.target ?? null,
    onDelete: options.onDelete ?? 'restrict',
    members: buildMembers(options.members, reporter),
    // Rules are resolved when every resource is known.
    access: Object.freeze({
      read: options.access?.read?.node ?? null,
      write: options.access?.write?.node ?? null,
    }),
    renamedFrom: options.renamedFrom ?? null,
    path: null,
  }
  return Object.freeze({
    ...withoutDefault,
    default: buildDefault(withoutDefault, options, reporter),
  })
}

function buildMembers(
  members: Field | Shape | undefined,
  reporter: Reporter,
): readonly FieldModel[] | null {
  if (members === undefined) return null
  if (!isField(members)) return buildFields(members, 'member', reporter)
  return Object.freeze([buildField('', members, 'member', reporter)])
}

function holdsReference(members: Field | Shape | undefined): boolean {
  if (members === undefined) return false
  const inner = isField(members) ? [members] : Object.values(members)
  return inner.some(field => field.kind === 'ref' || holdsReference(field.options.members))
}

function buildDefault(
  field: FieldModel,
  options: FieldOptions,
  reporter: Reporter,
): FieldDefault | null {
  const declared = options.default
  if (declared === undefined) return null
  if (field.kind === 'ref' && declared === 'caller') return Object.freeze({ kind: 'caller' })
  if (field.kind === 'timestamp' && declared === 'now') return Object.freeze({ kind: 'now' })
  const faults = new Faults('body')
  const value = codec.read('store', field, declared, '', faults)
  for (const fault of faults.list) {
    const where = fault.pointer === '' ? '' : ` at ${fault.pointer}`
    reporter.report(
      'default',
      `the default${where} ${fault.detail}`,
      'give a default that the field itself would take',
    )
  }
  return frozen({ kind: 'value', value })
}

function isTable(use: ShapeUse): boolean {
  return use === 'resource' || use === 'identity' || use === 'identity-account'
}

function checkName(name: string, use: ShapeUse, reporter: Reporter): void {
  if (!camelCase.test(name)) {
    reporter.report(
      'name-form',
      `${JSON.stringify(name)} is not in camelCase`,
      'begin with a small letter and use letters and digits only',
    )
  }
  const reason = isTable(use)
    ? reservedFieldReason(name, use === 'identity')
    : reservedMemberReason(name)
  if (reason !== null) {
    reporter.report(
      'name-reserved',
      `the name ${JSON.stringify(name)} is taken: ${reason}`,
      'choose another name',
    )
  }
}

const columnOptions = ['unique', 'renamedFrom', 'inverse', 'onDelete', 'access'] as const

function checkUse({ kind, options }: Field, use: ShapeUse, reporter: Reporter): void {
  const table = isTable(use)
  for (const option of columnOptions) {
    if (!table && options[option] !== undefined) {
      reporter.report(
        'option',
        `${option} has no meaning here`,
        `leave ${option} out: it belongs to a field of a resource`,
      )
    }
  }
  if (table && holdsReference(options.members)) {
    reporter.report(
      'option',
      `a reference inside ${kind === 'list' ? 'a list' : 'an object'} of a resource cannot be kept true by the database`,
      'declare a resource of its own with two references instead',
    )
  }
  if (use === 'member' && (options.default === 'caller' || options.default === 'now')) {
    reporter.report(
      'option',
      `the default ${JSON.stringify(options.default)} has no meaning inside a list or an object`,
      'give the value itself',
    )
  }
  if (use === 'query-input' && (kind === 'list' || kind === 'object' || kind === 'document')) {
    reporter.report(
      'option',
      `a ${kind} cannot be given in a URL`,
      'take scalar fields, or make a command of the query',
    )
  }
  if (options.onDelete === 'clear' && options.optional !== true) {
    reporter.report(
      'option',
      "onDelete 'clear' sets the reference to null, which it may not be",
      'add optional: true',
    )
  }
}

function checkColumns(fields: readonly FieldModel[], reporter: Reporter): void {
  const seen = new Map<string, string>()
  for (const { name, column } of fields) {
    const inner = reporter.inside(name)
    const other = seen.get(column)
    if (other !== undefined) {
      inner.report(
        'name-taken',
        `its column ${column} is that of the field ${JSON.stringify(other)} too`,
        'rename one of the two',
      )
    }
    seen.set(column, name)
    if (Buffer.byteLength(column) > identifierBytesMax) {
      inner.report(
        'name-length',
        `its column ${column} is longer than ${identifierBytesMax} bytes`,
        'choose a shorter name',
      )
    }
  }
}

function checkRenames(fields: readonly FieldModel[], reporter: Reporter): void {
  const taken = new Set(fields.map(({ name }) => name))
  for (const { name, renamedFrom } of fields) {
    if (renamedFrom === null) continue
    if (taken.has(renamedFrom)) {
      reporter
        .inside(name)
        .report(
          'name-taken',
          `it cannot be renamed from ${JSON.stringify(renamedFrom)}, which is still there or renamed to another`,
          'leave renamedFrom out, or name the field that is gone',
        )
    }
    taken.add(renamedFrom)
  }
}
