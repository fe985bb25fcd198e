/** Decimal notations as JSON has them: whether two of them are of one number. */

export const numberForm = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** `1.50` and `15e-1`. Takes as long as the texts are. */
export function sameNumber(one: string, other: string): boolean {
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
