/** Texts that match a declared pattern, by walking it; what it cannot walk is told. */

import type { Random } from '../random.ts'

interface Reader {
  readonly source: string
  at: number
  readonly random: Random
}

const repeatsMost = 3
const classes: Readonly<Record<string, string>> = {
  d: '0123456789',
  w: 'abcdefghijklmnopqrstuvwxyz0123456789_',
  s: ' ',
  '.': 'abcdefghijklmnopqrstuvwxyz',
}

/** Throws when the pattern has a part that is not understood here. */
export function matching(pattern: string, random: Random): string {
  const reader: Reader = { source: pattern, at: 0, random }
  const text = alternatives(reader)
  if (reader.at === pattern.length && new RegExp(pattern, 'u').test(text)) return text
  throw new Error(`no value for the pattern ${pattern} could be made`)
}

function alternatives(reader: Reader): string {
  const choices = [sequence(reader)]
  while (reader.source[reader.at] === '|') {
    reader.at += 1
    choices.push(sequence(reader))
  }
  return reader.random.pick(choices)
}

function sequence(reader: Reader): string {
  let text = ''
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at]!)) {
    const from = reader.at
    const first = atom(reader)
    const to = reader.at
    const times = quantity(reader)
    const after = reader.at
    for (let count = 0; count < times; count++) {
      if (count === 0) text += first
      else {
        reader.at = from
        text += atom({ ...reader, source: reader.source.slice(0, to), at: from })
      }
    }
    reader.at = after
  }
  return text
}

function atom(reader: Reader): string {
  const character = reader.source[reader.at++]!
  if (character === '^' || character === '$') return ''
  if (character === '(') {
    const special = /^\?(?::|<\w+>)/.exec(reader.source.slice(reader.at))
    reader.at += special?.[0].length ?? 0
    const text = alternatives(reader)
    reader.at += 1
    return text
  }
  if (character === '[') return reader.random.pick(Array.from(characterClass(reader)))
  if (character === '\\') return escaped(reader)
  return character === '.' ? reader.random.pick(Array.from(classes['.']!)) : character
}

function escaped(reader: Reader): string {
  const name = reader.source[reader.at++]!
  const members = classes[name]
  return members === undefined || name === '.' ? name : reader.random.pick(Array.from(members))
}

function characterClass(reader: Reader): string {
  const end = reader.source.indexOf(']', reader.at + 1)
  const body = reader.source.slice(reader.at, end)
  reader.at = end + 1
  const expanded = body
    .replace(/\\([dws])/g, (_, name: string) => classes[name]!)
    .replace(/\\(.)/g, '$1')
    .replace(/(.)-(.)/g, (_, from: string, to: string) => range(from, to))
  if (!body.startsWith('^')) return expanded
  return Array.from(`${classes['w']} -`)
    .filter(each => !expanded.includes(each))
    .join('')
}

function range(from: string, to: string): string {
  const [first, last] = [from.codePointAt(0)!, to.codePointAt(0)!]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    String.fromCodePoint(first + at),
  ).join('')
}

/** How often the atom before stands. */
function quantity(reader: Reader): number {
  const found = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(reader.source.slice(reader.at))
  if (found === null) return 1
  reader.at += found[0].length
  const [, sign, least = '0', comma, most] = found
  if (sign !== undefined) return sign === '?' ? reader.random.whole(0, 1) : 1
  const from = Number(least)
  if (comma === undefined) return from
  return reader.random.whole(from, Math.min(from + repeatsMost, Number(most || from + repeatsMost)))
}
