/** HTML as values: whatever is put into a template is escaped unless it is markup itself. */

export interface Markup {
  readonly markup: string
}

type Part = string | number | Markup | null | readonly Part[]

export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = texts.reduce((before, text, at) => before + rendered(parts[at - 1]!) + text)
  return { markup }
}

/** For text that is HTML already. */
export function trusted(markup: string): Markup {
  return { markup }
}

/** A description of the document: paragraphs, with `code` in backquotes. */
export function prose(text: string): Markup {
  const paragraphs = text.split('\n\n').map(paragraph => html`<p>${phrase(paragraph)}</p>`)
  return html`${paragraphs}`
}

/** The same on one line. */
export function phrase(text: string): Markup {
  const parts = text
    .split('`')
    .map((part, at) => (at % 2 === 0 ? part : html`<code>${part}</code>`))
  return html`${parts}`
}

function rendered(part: Part): string {
  if (part === null) return ''
  if (typeof part !== 'object') return escaped(String(part))
  return 'markup' in part ? part.markup : part.map(rendered).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => entities[character]!)
}
