/** Splits TypeScript text into code, comments and literals, enough to read imports. */

/** One view of a file per question; all have the length and the line breaks of the original. */
export interface Blanked {
  /** Comments are spaces; literals stand as written. */
  readonly withoutComments: string
  /** Comments are spaces, and so is what stands between the quotes of literals. */
  readonly code: string
  /** Everything but comments is spaces. */
  readonly comments: string
}

type Part = 'code' | 'comment' | 'literal'

interface Span {
  readonly part: Part
  readonly end: number
}

/**
 * After one of these a slash starts a regular expression; after a name, a number or a bracket it
 * divides.
 */
const beforeExpression = /(?:^|[([{,;:=!&|?+\-*%^~<>]|\b(?:return|typeof|case|in|of|yield|await))$/

/** Templates count as literals as a whole, with what stands in their `${}`. */
export function blank(text: string): Blanked {
  let withoutComments = ''
  let code = ''
  let comments = ''
  for (let at = 0; at < text.length;) {
    const span = nextSpan(text, at, code)
    const piece = text.slice(at, span.end)
    const empty = spaces(piece)
    withoutComments += span.part === 'comment' ? empty : piece
    comments += span.part === 'comment' ? piece : empty
    code += span.part === 'code' ? piece : span.part === 'literal' ? hollow(piece) : empty
    at = span.end
  }
  return { withoutComments, code, comments }
}

function nextSpan(text: string, at: number, codeBefore: string): Span {
  const two = text.slice(at, at + 2)
  if (two === '//') return { part: 'comment', end: indexOrEnd(text, '\n', at) }
  if (two === '/*') return { part: 'comment', end: indexOrEnd(text, '*/', at + 2, 2) }
  const first = text[at]
  if (first === "'" || first === '"') return { part: 'literal', end: quotedEnd(text, at) }
  if (first === '`') return { part: 'literal', end: templateEnd(text, at) }
  if (first === '/' && beforeExpression.test(codeBefore.trimEnd().slice(-10))) {
    return { part: 'literal', end: patternEnd(text, at) }
  }
  return { part: 'code', end: at + 1 }
}

function quotedEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== text[start] && text[at] !== '\n') {
    at += text[at] === '\\' ? 2 : 1
  }
  return at + 1
}

function templateEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '\\') at += 2
    else if (text[at] === '$' && text[at + 1] === '{') at = substitutionEnd(text, at + 2)
    else at += 1
  }
  return at + 1
}

function substitutionEnd(text: string, start: number): number {
  let at = start
  for (let depth = 1; at < text.length;) {
    const character = text[at]
    if (character === "'" || character === '"') at = quotedEnd(text, at)
    else if (character === '`') at = templateEnd(text, at)
    else {
      if (character === '{') depth += 1
      if (character === '}') depth -= 1
      at += 1
      if (depth === 0) return at
    }
  }
  return at
}

function patternEnd(text: string, start: number): number {
  let inClass = false
  let at = start + 1
  for (; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) return at + 1
  }
  return at
}

function indexOrEnd(text: string, needle: string, from: number, include = 0): number {
  const found = text.indexOf(needle, from)
  return found === -1 ? text.length : found + include
}

function spaces(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

/** Keeps the quotes, so that a literal stays visible as one. */
function hollow(text: string): string {
  return text.length < 2 ? text : text[0] + spaces(text.slice(1, -1)) + text.at(-1)
}
