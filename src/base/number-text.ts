/** Decimal notations as JSON has them: whether a double keeps what they say. */

export const numberForm = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/**
 * Whether a double that was read from the text is the number that it says: by its shortest digits,
 * or by the seventeen that some programs always write.
 */
export function isKept(text: string, value: number): boolean {
  return sameNumber(text, String(value)) || sameNumber(text, value.toPrecision(17))
}

/** `1.50` and `15e-1`. Takes as long as the texts are. */
function sameNumber(one: string, other: string): boolean {
  return significantOf(one) === significantOf(other)
}

/** Its digits from the first to the last that is not zero, and the power of ten of the last. */
function significantOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = numberForm.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  let end = digits.length
  while (digits[end - 1] === '0') end--
  const power = Number(exponent) - fraction.length + digits.length - end
  return end === 0 ? '0' : `${sign}${digits.slice(0, end)}e${power}`
}
