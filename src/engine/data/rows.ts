/** Rows between user code and statements: checked on the way in, loaded on the way out. */

import { Problem, problemKinds } from '../../base/errors.ts'
import { toConditions } from '../../declare/conditions.ts'
import type { Condition } from '../../declare/rule.ts'
import { fieldNamed } from '../../model/document-path.ts'
import { Faults } from '../../model/faults.ts'
import { readFilter } from '../../model/filter.ts'
import { compileStore } from '../../model/input.ts'
import type { DriverValues, Given } from '../../model/input.ts'
import { codec } from '../../model/kinds/index.ts'
import type { ResourceModel } from '../../model/model.ts'
import type { FilterShape, ReadShape, WriteShape } from '../../sql/plan.ts'

/** There is no body to point into: the values are those of a command, a hook or a test. */
const refused = {
  ...problemKinds['validate.invalid'],
  hint: 'The values come from code of the backend: correct them there.',
}

/** A filter as the shape of a statement and the values for it. */
interface BoundFilter {
  readonly filters: readonly FilterShape[]
  readonly values: readonly unknown[]
}

/** As user code reads it. */
export interface LoadedRow {
  readonly [field: string]: unknown
}

/**
 * What repositories know of one resource; made once. Shapes are kept, so that their plans are found
 * by identity.
 */
export class Rows {
  readonly resource: ResourceModel
  readonly one: ReadShape
  readonly #writes = new Map<string, WriteShape>()
  readonly #forms: Readonly<Record<'create' | 'update', ReturnType<typeof compileStore>>>

  constructor(resource: ResourceModel) {
    this.resource = resource
    this.one = { ...this.list([], []), form: 'one' }
    this.#forms = {
      create: compileStore(resource.fields, 'create'),
      update: compileStore(resource.fields, 'update'),
    }
  }

  /** `name` sorts ascending, `-name` descending. */
  list(filters: readonly FilterShape[], sort: readonly string[]): ReadShape {
    return {
      resource: this.resource.name,
      form: 'list',
      fields: null,
      expand: [],
      filters,
      sort: sort.map(key => ({ field: key.replace(/^-/, ''), descending: key.startsWith('-') })),
      after: false,
    }
  }

  write(form: WriteShape['form'], fields: readonly string[], versioned: boolean): WriteShape {
    const key = `${form} ${versioned} ${fields.join(' ')}`
    let shape = this.#writes.get(key)
    if (shape === undefined) {
      shape = { resource: this.resource.name, form, fields, merge: [], versioned, keyed: false }
      this.#writes.set(key, shape)
    }
    return shape
  }

  /**
   * From JSON text; null is a row that the caller may not read any more, whose fields stay away.
   */
  load(body: unknown): LoadedRow {
    return codec.loadShape(this.resource.fields, typeof body === 'string' ? JSON.parse(body) : {})
  }

  loadList(body: unknown): readonly LoadedRow[] {
    const list: unknown = typeof body === 'string' ? JSON.parse(body) : null
    if (!Array.isArray(list))
      throw new Error(`a list of ${this.resource.name} answered something else`)
    return list.map(row => codec.loadShape(this.resource.fields, row))
  }

  /** Field name to driver value, in the order of the fields. */
  store(form: 'create' | 'update', values: unknown, given: Given): DriverValues {
    const faults = new Faults('body')
    const stored = this.#forms[form](values, faults, given)
    this.#refuse(faults)
    return stored
  }

  bind(filter: Readonly<Record<string, unknown>>): BoundFilter {
    const faults = new Faults('body')
    const conditions = toConditions(filter)
    const values = conditions.map(condition => this.#operand(condition, faults))
    this.#refuse(faults)
    return { filters: conditions.map(({ field, operator }) => ({ field, operator })), values }
  }

  #operand({ field: name, operator, value }: Condition, faults: Faults): unknown {
    const field = fieldNamed(this.resource.field, name)
    if (field === undefined) return faults.add(`/${name}`, 'unknown', 'is not a field')
    return readFilter('store', field, operator, value, `/${name}`, faults)
  }

  /**
   * The places are fields of a row that code wrote, not of the body that a caller sent: so there
   * are no pointers.
   */
  #refuse(faults: Faults): void {
    if (!faults.any) return
    const errors = faults.list.map(({ pointer = '', code, detail }) => ({
      code,
      detail: `${this.resource.name}${pointer.replaceAll('/', '.')} ${detail}`,
    }))
    throw new Problem('validate.invalid', refused, { detail: errors[0]!.detail, errors })
  }
}
