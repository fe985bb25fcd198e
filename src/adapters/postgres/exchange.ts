/** One statement and its answer on the wire. */

import type { Duplex } from 'node:stream'
import pg from 'pg'
import type { Row } from '../../ports/database.ts'
import type { Named, Names } from './names.ts'
import { columnsOf, decodeRow, type Columns, type WireValue } from './values.ts'

/** What `pg` sends with; its declared types ask for arguments that it does not have. */
interface Wire {
  readonly stream: Duplex
  parse(message: { text: string; name?: string }): void
  bind(message: { statement?: string; values?: readonly WireValue[] }): void
  describe(message: { type: 'P' }): void
  execute(): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

/** A pipelined client takes heirs of `pg`'s Query only; declared as properties, its methods could not be overridden. */
const Query = pg.Query as unknown as new (config: { text: string }) => object

export interface Answer {
  readonly rows: Row[]
  /** What the server says it did: `SELECT 3`, `COMMIT`. */
  tag: string
}

export interface Task {
  readonly text: string
  readonly values: readonly WireValue[]
  /** Statements without values or rows that run in front, in the same message: `begin`. */
  readonly before: readonly string[]
  /** Null when the statement must go without a server-side name. */
  readonly names: Names<Columns> | null
}

/** Calls `settle` once. The columns of a named statement are asked for only until they are known. */
export class Exchange extends Query implements pg.Submittable {
  readonly answer: Answer = { rows: [], tag: '' }
  /** Whether the server may have seen it. */
  sent = false
  /** The server-side name it went under, and whether it was to make that name. */
  named: Named<Columns> | null = null
  parsesName = false
  readonly #task: Task
  readonly #settle: (exchange: Exchange, error: Error | null) => void
  #columns: Columns | null = null

  constructor(task: Task, settle: (exchange: Exchange, error: Error | null) => void) {
    super({ text: task.text })
    this.#task = task
    this.#settle = settle
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    this.sent = true
    wire.stream.cork()
    this.#write(wire)
    wire.stream.uncork()
  }

  #write(wire: Wire): void {
    const { text, values, before, names } = this.#task
    const named = names?.use(text) ?? null
    for (const name of names?.takeClosing() ?? []) wire.close({ type: 'S', name })
    for (const each of before) {
      wire.parse({ text: each })
      wire.bind({})
      wire.execute()
    }
    this.named = named
    this.parsesName = named?.parsed === false
    this.#columns = named?.columns ?? null
    if (named === null) wire.parse({ text })
    else if (this.parsesName) wire.parse({ text, name: named.name })
    if (named !== null) named.parsed = true
    wire.bind({ statement: named?.name, values })
    if (this.#columns === null) wire.describe({ type: 'P' })
    wire.execute()
    wire.sync()
  }

  handleRowDescription(message: { fields: readonly { dataTypeID: number }[] }): void {
    this.#columns = columnsOf(message.fields.map(field => field.dataTypeID))
    if (this.named !== null) this.named.columns = this.#columns
  }

  handleDataRow(message: { fields: unknown[] }): void {
    if (this.#columns !== null) decodeRow(message.fields, this.#columns)
    this.answer.rows.push(message.fields)
  }

  handleCommandComplete(message: { text: string }): void {
    this.answer.tag = message.text
  }

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.#settle(this, null)
  }

  handleError(error: Error): void {
    this.#settle(this, error)
  }
}
