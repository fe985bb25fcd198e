/** Text on its way into XML and HTML. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Also without the characters that XML cannot hold. */
export function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what must go
  const printable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
  return printable.replace(/[&<>"]/g, character => entities[character]!)
}
