/** Exact decimal numbers: what PostgreSQL calls numeric, as an opaque class. */

const form = /^([+-]?)(\d+)(?:\.(\d+))?$/

/** `a < b` and `a + b` on two decimals throw: `valueOf` is a trap, use the methods. */
export class Decimal {
  readonly #units: bigint
  readonly #scale: number

  private constructor(units: bigint, scale: number) {
    this.#units = units
    this.#scale = scale
  }

  /** Plain decimal notation only, `-12.50`; throws a RangeError for anything else. */
  static parse(text: string): Decimal {
    const match = form.exec(text)
    if (match === null) throw new RangeError(`not a decimal number: ${JSON.stringify(text)}`)
    const fraction = match[3] ?? ''
    const units = BigInt(match[2]! + fraction)
    return new Decimal(match[1] === '-' ? -units : units, fraction.length)
  }

  static from(value: Decimal | string | number | bigint): Decimal {
    if (value instanceof Decimal) return value
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw new RangeError(
        `a number must be a safe integer to become a decimal, write it as a string: ${value}`,
      )
    }
    return Decimal.parse(String(value))
  }

  plus(other: Decimal | string | number | bigint): Decimal {
    const right = Decimal.from(other)
    const scale = Math.max(this.#scale, right.#scale)
    return new Decimal(this.#at(scale) + right.#at(scale), scale)
  }

  minus(other: Decimal | string | number | bigint): Decimal {
    return this.plus(Decimal.from(other).times(-1))
  }

  times(other: Decimal | string | number | bigint): Decimal {
    const right = Decimal.from(other)
    return new Decimal(this.#units * right.#units, this.#scale + right.#scale)
  }

  /** -1, 0 or 1. */
  compare(other: Decimal | string | number | bigint): -1 | 0 | 1 {
    const right = Decimal.from(other)
    const scale = Math.max(this.#scale, right.#scale)
    const difference = this.#at(scale) - right.#at(scale)
    return difference === 0n ? 0 : difference < 0n ? -1 : 1
  }

  equals(other: Decimal | string | number | bigint): boolean {
    return this.compare(other) === 0
  }

  /**
   * Rounded half away from zero, as PostgreSQL's numeric does, and padded to exactly `scale`
   * digits.
   */
  toScale(scale: number): Decimal {
    if (scale >= this.#scale) return new Decimal(this.#at(scale), scale)
    const divisor = 10n ** BigInt(this.#scale - scale)
    const half = divisor / 2n
    const units = this.#units < 0n ? (this.#units - half) / divisor : (this.#units + half) / divisor
    return new Decimal(units, scale)
  }

  /** Digits after the point. */
  get scale(): number {
    return this.#scale
  }

  toString(): string {
    const digits = (this.#units < 0n ? -this.#units : this.#units)
      .toString()
      .padStart(this.#scale + 1, '0')
    const sign = this.#units < 0n ? '-' : ''
    if (this.#scale === 0) return sign + digits
    return `${sign}${digits.slice(0, -this.#scale)}.${digits.slice(-this.#scale)}`
  }

  toJSON(): string {
    return this.toString()
  }

  valueOf(): never {
    throw new TypeError(
      'a Decimal cannot be compared or added with operators: use compare, plus, minus, times',
    )
  }

  #at(scale: number): bigint {
    return this.#units * 10n ** BigInt(scale - this.#scale)
  }
}

/** Makes a decimal from plain notation or an integer. */
export function decimal(value: Decimal | string | number | bigint): Decimal {
  return Decimal.from(value)
}
