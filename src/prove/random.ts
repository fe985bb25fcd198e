/** Chance that can be had again: the same seed gives the same numbers (mulberry32). */

export interface Random {
  /** From 0 up to 1. */
  next(): number
  /** A whole number, both ends included. */
  whole(least: number, most: number): number
  pick<T>(items: readonly T[]): T
  shuffled<T>(items: readonly T[]): readonly T[]
  /** That many lower-case letters and digits. */
  word(length: number): string
  uuid(): string
  /** Another sequence, decided by this seed and the name alone. */
  fork(name: string): Random
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function seeded(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const hex = (length: number) => Array.from({ length }, () => whole(0, 15).toString(16)).join('')
  return {
    next,
    whole,
    pick(items) {
      if (items.length === 0) throw new RangeError('there is nothing to pick from')
      return items[whole(0, items.length - 1)]!
    },
    shuffled: items =>
      items
        .map(item => ({ item, at: next() }))
        .toSorted((left, right) => left.at - right.at)
        .map(({ item }) => item),
    word: length => Array.from({ length }, () => letters[whole(0, letters.length - 1)]).join(''),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[whole(0, 3)]}${hex(3)}-${hex(12)}`,
    fork: name => seeded(hashOf(name, seed)),
  }
}

/** FNV-1a. */
function hashOf(text: string, seed: number): number {
  let hash = (2_166_136_261 ^ seed) >>> 0
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 16_777_619) >>> 0
  return hash
}
