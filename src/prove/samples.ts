/** Figures of measured samples. */

export function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How far two samples lie apart by the ranks of their members (Mann and Whitney 1947), in standard
 * deviations: positive where the first has the greater values.
 */
export function separation(first: readonly number[], second: readonly number[]): number {
  let wins = 0
  for (const one of first) {
    for (const other of second) wins += one > other ? 1 : Number(one === other) / 2
  }
  const pairs = first.length * second.length
  const deviation = Math.sqrt((pairs * (first.length + second.length + 1)) / 12)
  return (wins - pairs / 2) / deviation
}
