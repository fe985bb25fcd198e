/**
 * Finds what is wrong with a JSON text that was refused, and where: the slow, exact twin of
 * `parseJson`.
 */

import { isKept } from './number-text.ts'
import { escapePointer } from './pointer.ts'

export interface JsonFault {
  readonly kind: 'syntax' | 'number' | 'surrogate' | 'duplicate' | 'depth'
  /** JSON Pointer (RFC 6901) to the value in which the fault lies. */
  readonly pointer: string
  /** Offset in UTF-16 units. */
  readonly at: number
  readonly message: string
}

/** One open array or object. */
interface Frame {
  readonly keys: Set<string> | null
  /** The key or the index of the value that is being read. */
  step: string | number
}

class Found extends Error {
  readonly fault: JsonFault

  constructor(fault: JsonFault) {
    super(fault.message)
    this.fault = fault
  }
}

const blanks = /[ \t\n\r]*/y
const strings = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const numbers = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const words = /true|false|null/y

/**
 * The first fault of the text in reading order, null where it has none. Iterative, so that depth
 * costs memory and never the stack.
 */
export function locateJsonFault(text: string, depthMax: number): JsonFault | null {
  const reader = new Reader(text, depthMax)
  try {
    reader.read()
  } catch (error) {
    if (error instanceof Found) return error.fault
    throw error
  }
  return null
}

class Reader {
  readonly #text: string
  readonly #depthMax: number
  readonly #frames: Frame[] = []
  #at = 0

  constructor(text: string, depthMax: number) {
    this.#text = text
    this.#depthMax = depthMax
  }

  read(): void {
    do {
      const opened = this.#value()
      if (opened) continue
      while (this.#frames.length > 0 && this.#closes()) this.#frames.pop()
    } while (this.#frames.length > 0)
    this.#skipBlanks()
    if (this.#at < this.#text.length) this.#fail('syntax', 'Text follows the JSON value')
  }

  /**
   * Reads a scalar or an empty container, or opens a container and stands before its first value:
   * true.
   */
  #value(): boolean {
    this.#skipBlanks()
    const start = this.#text[this.#at]
    if (start === '{') return this.#open({ keys: new Set(), step: '' }, '}')
    if (start === '[') return this.#open({ keys: null, step: 0 }, ']')
    if (start === '"') this.#string('a string')
    else if (this.#match(words) === null) this.#number()
    return false
  }

  #open(frame: Frame, close: '}' | ']'): boolean {
    if (this.#frames.length === this.#depthMax) {
      this.#fail('depth', `The JSON nests deeper than ${this.#depthMax} levels`)
    }
    this.#at++
    this.#skipBlanks()
    if (this.#text[this.#at] === close) {
      this.#at++
      return false
    }
    this.#frames.push(frame)
    if (frame.keys !== null) this.#key(frame, frame.keys)
    return true
  }

  /** After a value: whether its container ends here. Otherwise stands before the next value. */
  #closes(): boolean {
    const frame = this.#frames.at(-1)!
    this.#skipBlanks()
    const mark = this.#text[this.#at]
    if (mark === (frame.keys === null ? ']' : '}')) {
      this.#at++
      return true
    }
    if (mark !== ',')
      this.#fail('syntax', frame.keys === null ? 'Expected , or ]' : 'Expected , or }')
    this.#at++
    if (frame.keys !== null) this.#key(frame, frame.keys)
    else frame.step = Number(frame.step) + 1
    return false
  }

  #key(frame: Frame, keys: Set<string>): void {
    this.#skipBlanks()
    frame.step = ''
    const start = this.#at
    const key = this.#string('a key in double quotes')
    frame.step = key
    if (keys.has(key)) {
      this.#at = start
      this.#fail('duplicate', `The key ${JSON.stringify(key.slice(0, 100))} stands twice`)
    }
    keys.add(key)
    this.#skipBlanks()
    if (this.#text[this.#at] !== ':') this.#fail('syntax', 'Expected :')
    this.#at++
  }

  #string(what: string): string {
    const start = this.#at
    const source = this.#match(strings)
    if (source === null) return this.#fail('syntax', `Expected ${what}`)
    const value: unknown = JSON.parse(source)
    if (typeof value === 'string' && value.isWellFormed()) return value
    this.#at = start
    return this.#fail('surrogate', 'The text holds half of a surrogate pair')
  }

  #number(): void {
    const start = this.#at
    const source = this.#match(numbers) ?? this.#fail('syntax', 'Expected a value')
    const message = lossOf(source)
    if (message === null) return
    this.#at = start
    this.#fail('number', message)
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const source = pattern.exec(this.#text)?.[0]
    if (source === undefined) return null
    this.#at += source.length
    return source
  }

  #skipBlanks(): void {
    this.#match(blanks)
  }

  #fail(kind: JsonFault['kind'], message: string): never {
    const pointer = this.#frames.map(frame => `/${escapePointer(String(frame.step))}`).join('')
    throw new Found({ kind, pointer, at: this.#at, message })
  }
}

/**
 * What a double would make of the number that is written here. Beyond the whole numbers that it
 * holds one by one, fields refuse it themselves.
 */
function lossOf(source: string): string | null {
  const value = Number(source)
  if (!Number.isFinite(value)) return 'The number is too large'
  if (value === 0 && /^-?[0.]*[1-9]/.test(source)) return 'The number is too small'
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER || isKept(source, value)) return null
  return `The number has too many digits and would be kept as ${value}; write it as a string`
}
