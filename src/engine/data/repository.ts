/** The repository of one resource inside a transaction: what `db.products` does. */

import type { Caller } from '../../base/caller.ts'
import { problem, type Problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { isUuid, uuidv7 } from '../../base/uuid.ts'
import type { LockedRows, Repository } from '../../declare/repository.ts'
import type { Resource } from '../../declare/resource.ts'
import type { DriverValues } from '../../model/input.ts'
import type { FieldModel } from '../../model/model.ts'
import { DatabaseError, type Row } from '../../ports/database.ts'
import type { CountShape } from '../../sql/count.ts'
import type { Parameter, ReadPlan, WriteShape } from '../../sql/plan.ts'
import type { PlanRead } from '../../sql/plan-cache.ts'
import { isWithheld } from '../../sql/residual.ts'
import type { PlanRows, PlanWrite } from '../../sql/write/plan-cache.ts'
import { bindRead } from './bind.ts'
import type { DataScope, WriteInput, WriteResult } from './data.ts'
import { lockedRows } from './locked-rows.ts'
import { outcomeProblem } from './outcomes.ts'
import { retryAfterSeconds } from './refusals.ts'
import type { LoadedRow, Rows } from './rows.ts'
import { settledOutcome } from './write-results.ts'

/** Compiled statements, found by their shapes. */
export interface RepositoryPlans extends PlanRows {
  readonly read: PlanRead
  readonly write: PlanWrite
  count(shape: CountShape, caller: Caller): ReadPlan
}

/** For whom and where repositories work. */
export interface Session {
  readonly plans: RepositoryPlans
  readonly scope: DataScope
  /** Through whose eyes: the system's, or those of whoever `as` names. */
  readonly eyes: Caller
  /** Who acts: named by events, and what a reference defaults to. */
  readonly actor: Caller
  readonly nowMs: number
  readonly trace: string
}

const wholeRow = { fields: null, expand: [] } as const

type Values = Readonly<Record<string, unknown>>

/** Typed by the declared resource from outside (`Repository`); in here a row is a record. */
type Words = Readonly<Record<keyof Repository<Resource>, (...given: never[]) => Promise<unknown>>>

export class RowRepository implements Words {
  readonly #session: Session
  readonly #rows: Rows

  constructor(session: Session, rows: Rows) {
    this.#session = session
    this.#rows = rows
  }

  async get(id: string): Promise<LoadedRow> {
    const { plans, scope, eyes, actor } = this.#session
    const row = isUuid(id)
      ? await scope.read(plans.read(this.#rows.one, eyes), [id], actor)
      : undefined
    if (row === undefined)
      throw problem('run.not-found', { detail: `${this.#rows.resource.name} has no row ${id}` })
    return this.#rows.load(row[0])
  }

  async find(filter: Values): Promise<LoadedRow | null> {
    const [first] = await this.list(filter, { limit: 1 })
    return first ?? null
  }

  async list(
    filter: Values = {},
    options: { readonly sort?: readonly string[]; readonly limit?: number } = {},
  ): Promise<readonly LoadedRow[]> {
    const { sort = [], limit = limits.listLimitMax } = options
    if (!Number.isInteger(limit) || limit < 1)
      throw new RangeError(`a list takes a limit of 1 or more, not ${limit}`)
    const { plans, scope, eyes, actor } = this.#session
    const { filters, values } = this.#rows.bind(filter)
    const plan = plans.read(this.#rows.list(filters, sort), eyes)
    const row = await scope.read(plan, [...values, limit], actor)
    return this.#rows.loadList(row?.[0])
  }

  async count(filter: Values = {}): Promise<number> {
    const { filters, values } = this.#rows.bind(filter)
    const { plans, scope, eyes, actor } = this.#session
    const { name: resource } = this.#rows.resource
    const plan = plans.count({ resource, filters, most: null }, eyes)
    const row = await scope.read(plan, values, actor)
    return Number(row?.[0])
  }

  async lock(ids: readonly string[]): Promise<LockedRows<LoadedRow>> {
    const { plans, eyes } = this.#session
    const wanted = [...new Set(ids.filter(isUuid))]
    const plan = plans.lock(this.#rows.resource.name, eyes)
    if (plan.twice && wanted.length > 0) await this.#run(plan, [wanted])
    const found = wanted.length === 0 ? [] : await this.#run(plan, [wanted])
    const rows = found.map(([body]) => this.#rows.load(body))
    return lockedRows(this.#rows.resource.name, rows)
  }

  async create(input: Values): Promise<LoadedRow> {
    const [row] = await this.createMany([input])
    return row!
  }

  async createMany(inputs: readonly Values[]): Promise<readonly LoadedRow[]> {
    const stored = inputs.map(input => this.#store('create', input))
    if (stored.length === 0) return []
    // with its defaults every input has all fields but those withheld, which one that is refused
    // may name
    const fields = new Set(stored.flatMap(fieldsOf))
    const shape = this.#rows.write('create', [...fields], false)
    const results = await this.#write(
      shape,
      stored.map(values =>
        this.#input(shape, givenId(values) ?? uuidv7(this.#session.nowMs), values, null),
      ),
    )
    return results.map(result => this.#rows.load(result.body))
  }

  async update(
    id: string,
    patch: Values,
    options: { readonly version?: number } = {},
  ): Promise<LoadedRow> {
    const values = this.#store('update', patch)
    const { version = null } = options
    const shape = this.#rows.write('update', fieldsOf(values), version !== null)
    const [result] = await this.#write(shape, [this.#input(shape, id, values, version)])
    return this.#rows.load(result!.body)
  }

  async delete(id: string, options: { readonly version?: number } = {}): Promise<void> {
    const { version = null } = options
    const shape = this.#rows.write('delete', [], version !== null)
    await this.#write(shape, [this.#input(shape, id, {}, version)])
  }

  async updateWhere(filter: Values, patch: Values): Promise<number> {
    const values = this.#store('update', patch)
    return this.#changeWhere('update', filter, values)
  }

  async deleteWhere(filter: Values): Promise<number> {
    return this.#changeWhere('delete', filter, {})
  }

  #store(form: 'create' | 'update', values: Values): DriverValues {
    const { eyes, actor, nowMs } = this.#session
    const withheld = (field: FieldModel) => isWithheld(field, eyes)
    return this.#rows.store(form, values, { caller: actor.id, nowMs, withheld })
  }

  #input(shape: WriteShape, id: string, values: Values, version: number | null): WriteInput {
    const inOrder = shape.fields.map(name => values[name])
    return { id, values: inOrder, version, key: null, trace: this.#session.trace }
  }

  async #write(shape: WriteShape, inputs: readonly WriteInput[]): Promise<readonly WriteResult[]> {
    const { plans, scope, eyes, actor } = this.#session
    const { name } = this.#rows.resource
    if (inputs.some(input => !isUuid(input.id))) throw outcomeProblem(name, 'missing', null)!
    const results = await scope.write(plans.write(shape, wholeRow, eyes), inputs, actor)
    for (const { outcome, detail } of results) this.#demand(outcome, detail, results.length > 1)
    return results
  }

  async #changeWhere(form: 'update' | 'delete', filter: Values, values: Values): Promise<number> {
    const { plans, eyes, trace } = this.#session
    const { filters, values: operands } = this.#rows.bind(filter)
    const shape = { resource: this.#rows.resource.name, form, filters, fields: fieldsOf(values) }
    const rows = await this.#run(plans.where(shape, eyes), [
      ...operands,
      ...Object.values(values),
      trace,
    ])
    let changed = 0
    for (const [outcome, detail, count] of rows) {
      if (outcome === 'busy') throw this.#collision()
      this.#demand(settledOutcome(outcome), typeof detail === 'string' ? detail : null, true)
      changed += Number(count)
    }
    return changed
  }

  /** A row changed while its change waited for it: the whole transaction may be tried again. */
  #collision(): Problem {
    const message = 'a row changed while its change waited for it'
    const cause = new DatabaseError('refused', message, { sqlState: '40001' })
    this.#session.scope.doom(cause)
    return problem('run.retry-exhausted', { retryAfterSeconds, cause })
  }

  /**
   * Of several rows some may be changed where one is refused: then nothing of the transaction may
   * stay.
   */
  #demand(outcome: WriteResult['outcome'], detail: string | null, several: boolean): void {
    const refused = outcomeProblem(this.#rows.resource.name, outcome, detail)
    if (refused === null) return
    if (several) this.#session.scope.doom(refused)
    throw refused
  }

  #run(
    plan: { readonly text: string; readonly parameters: readonly Parameter[] },
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const { scope, actor } = this.#session
    return scope.transaction.run({
      text: plan.text,
      values: bindRead(plan, { values, caller: actor }),
    })
  }
}

function fieldsOf(values: Values): readonly string[] {
  return Object.keys(values).filter(name => name !== 'id')
}

function givenId(values: Values): string | null {
  return typeof values['id'] === 'string' ? values['id'] : null
}
