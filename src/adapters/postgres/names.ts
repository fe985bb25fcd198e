/**
 * Which statements of one connection have a server-side name, and which names are to be given back.
 */

/** A statement with a name. `columns` are known after its first answer. */
export interface Named<Columns> {
  readonly name: string
  readonly text: string
  /**
   * Whether the Parse message with this name is on its way: all later statements may rely on it.
   */
  parsed: boolean
  columns: Columns | null
  usedAt: number
}

interface NamesBounds {
  /** Uses of a text before it gets a name. */
  readonly namedAfterUses: number
  /** A named plan costs the server about 100 kB. */
  readonly namedMax: number
  /** Texts whose uses are counted. */
  readonly countedMax: number
}

/** A name is never used twice, so a stale one cannot be mistaken for its successor. */
export class Names<Columns> {
  readonly #bounds: NamesBounds
  readonly #uses = new Map<string, number>()
  readonly #named = new Map<string, Named<Columns>>()
  #closing: string[] = []
  #turn = 0
  #made = 0

  constructor(bounds: NamesBounds) {
    this.#bounds = bounds
  }

  /** Counts a use of the text; null while it is not worth a name. */
  use(text: string): Named<Columns> | null {
    const known = this.#named.get(text)
    if (known !== undefined) {
      known.usedAt = ++this.#turn
      return known
    }
    const uses = this.#uses.get(text) ?? 0
    if (uses < this.#bounds.namedAfterUses) {
      // Forgetting all counts at once is cheap and only delays names.
      if (this.#uses.size >= this.#bounds.countedMax) this.#uses.clear()
      this.#uses.set(text, uses + 1)
      return null
    }
    return this.#name(text)
  }

  /** Ends a name; the next use of its text makes a new one. */
  forget(named: Named<Columns>): void {
    if (this.#named.get(named.text) !== named) return
    this.#named.delete(named.text)
    this.#closing.push(named.name)
  }

  /** The names that the next message must close. */
  takeClosing(): readonly string[] {
    const closing = this.#closing
    if (closing.length > 0) this.#closing = []
    return closing
  }

  #name(text: string): Named<Columns> {
    if (this.#named.size >= this.#bounds.namedMax) this.#forgetLeastUsed()
    const name = `mettle_${++this.#made}`
    const named = { name, text, parsed: false, columns: null, usedAt: ++this.#turn }
    this.#named.set(text, named)
    return named
  }

  #forgetLeastUsed(): void {
    let least: Named<Columns> | null = null
    for (const each of this.#named.values()) {
      if (least === null || each.usedAt < least.usedAt) least = each
    }
    if (least !== null) this.forget(least)
  }
}
