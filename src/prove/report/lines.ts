/** Text in lines that fit: words, or items that are kept whole, within a width. */

import { stripVTControlCharacters } from 'node:util'

/** A word that is longer than the width stands alone. */
export function wrapped(text: string, width: number): readonly string[] {
  return packed(text.split(/\s+/), ' ', width)
}

/** Items side by side. */
export function packed(
  items: readonly string[],
  separator: string,
  width: number,
): readonly string[] {
  const lines: string[] = []
  const between = lengthOf(separator)
  let room = 0
  for (const item of items) {
    const length = lengthOf(item)
    const last = lines.at(-1)
    if (last !== undefined && between + length <= room) {
      lines[lines.length - 1] = last + separator + item
      room -= between + length
    } else {
      lines.push(item)
      room = width - length
    }
  }
  return lines
}

/** Colours take no room. */
function lengthOf(text: string): number {
  return stripVTControlCharacters(text).length
}

/** Facts beside their names, which are padded to one width. */
export function tabled(
  rows: readonly (readonly [name: string, text: string])[],
  columns: number,
): readonly string[] {
  const widest = Math.max(...rows.map(([name]) => name.length))
  return rows.flatMap(([name, text]) =>
    wrapped(text, columns - widest - 4).map(
      (line, at) => `  ${(at === 0 ? name : '').padEnd(widest)}  ${line}`,
    ),
  )
}
