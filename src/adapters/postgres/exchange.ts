/** One statement and its answer on the wire. */

import { Query, type Connection, type Submittable } from 'pg'
import type { Row } from '../../ports/database.ts'
import type { Named, Names } from './names.ts'
import { columnsOf, decodeRow, type Columns, type WireValue } from './values.ts'

// A pipelined client takes heirs of `pg`'s Query only. Its types declare the methods as properties,
// which no method may override, so an heir sees the constructor alone.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const QueryBase = Query as unknown as new (config: { text: string }) => object

/** The types of `pg` ask for this last argument of every message; its code does not. */
const more = true
const untyped: string[] = []

export interface Answer {
  readonly rows: Row[]
  /** What the server says it did: `SELECT 3`, `COMMIT`. */
  tag: string
}

export interface Task {
  readonly text: string
  readonly values: WireValue[]
  /** Takes the rows; null: they are collected. */
  readonly each: ((row: Row) => void) | null
  /** Statements without values or rows that run in front, in the same message: `begin`. */
  readonly before: readonly string[]
  /** Null when the statement must go without a server-side name. */
  readonly names: Names<Columns> | null
}

/**
 * Calls `settle` once. The columns of a named statement are asked for only until they are known.
 */
export class Exchange extends QueryBase implements Submittable {
  readonly answer: Answer = { rows: [], tag: '' }
  /** Whether the server may have seen it. */
  sent = false
  /** The server-side name it went under, and whether it was to make that name. */
  named: Named<Columns> | null = null
  makesName = false
  readonly #task: Task
  readonly #settle: (exchange: Exchange, error: Error | null) => void
  #columns: Columns | null = null

  constructor(task: Task, settle: (exchange: Exchange, error: Error | null) => void) {
    super({ text: task.text })
    this.#task = task
    this.#settle = settle
  }

  submit(connection: Connection): void {
    this.sent = true
    connection.stream.cork()
    this.#write(connection)
    connection.stream.uncork()
  }

  #write(connection: Connection): void {
    const { text, values, before, names } = this.#task
    const named = names?.use(text) ?? null
    for (const name of names?.takeClosing() ?? []) connection.close({ type: 'S', name }, more)
    for (const each of before) {
      connection.parse({ name: '', text: each, types: untyped }, more)
      connection.bind({}, more)
      connection.execute(null, more)
    }
    this.named = named
    this.makesName = named?.parsed === false
    this.#columns = named?.columns ?? null
    const name = named?.name ?? ''
    if (named === null || this.makesName) connection.parse({ name, text, types: untyped }, more)
    if (named !== null) named.parsed = true
    connection.bind({ statement: name, values }, more)
    if (this.#columns === null) connection.describe({ type: 'P' }, more)
    connection.execute(null, more)
    connection.sync()
  }

  handleRowDescription(message: { fields: readonly { dataTypeID: number }[] }): void {
    this.#columns = columnsOf(message.fields.map(field => field.dataTypeID))
    if (this.named !== null) this.named.columns = this.#columns
  }

  handleDataRow(message: { fields: unknown[] }): void {
    if (this.#columns !== null) decodeRow(message.fields, this.#columns)
    const { each } = this.#task
    if (each === null) this.answer.rows.push(message.fields)
    else each(message.fields)
  }

  handleCommandComplete(message: { text: string }): void {
    this.answer.tag = message.text
  }

  handleReadyForQuery(): void {
    this.#settle(this, null)
  }

  handleError(error: Error): void {
    this.#settle(this, error)
  }
}
