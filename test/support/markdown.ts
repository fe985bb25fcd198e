/** The pages of this repository as tests read them: blocks of code, links, tables. */

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

/** A fenced block of code. */
export interface Block {
  /** The word behind the fence; empty where there is none. */
  readonly language: string
  /** Without the line break at its end. */
  readonly text: string
  /** Of the opening fence, from 1. */
  readonly line: number
  /** Whether nothing but an empty line stands between this block and the one before. */
  readonly follows: boolean
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

export function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8')
  return { path, text, blocks: blocksOf(text) }
}

/** The part of a page below a heading, down to the next heading of its level or a higher one. */
export function section({ path, text }: Page, heading: string): Page {
  const lines = text.split('\n')
  const start = lines.indexOf(heading)
  if (start === -1) throw new Error(`${path} has no heading ${heading}`)
  const level = heading.indexOf(' ')
  const isEnd = (line: string) => new RegExp(`^#{1,${level}} `).test(line)
  const length = withoutCode(lines.slice(start + 1)).findIndex(isEnd)
  const end = length === -1 ? lines.length : start + 1 + length
  const inside = lines.map((line, at) => (at >= start && at < end ? line : '')).join('\n')
  return { path, text: inside, blocks: blocksOf(inside) }
}

/** The cells of every row of the tables, headings and rules left out. */
export function tableRows({ text }: Page): readonly (readonly string[])[] {
  const lines = withoutCode(text.split('\n'))
  return lines.flatMap((line, at) => {
    const isRow = line.startsWith('|') && !isRule(line) && !isRule(lines[at + 1] ?? '')
    return isRow ? [cellsOf(line)] : []
  })
}

/** What a cell has in backquotes, else the cell. */
export function bare(cell: string): string {
  return /^`([^`]+)`/.exec(cell)?.[1] ?? cell
}

function isRule(line: string): boolean {
  return /^\|[-|: ]+\|$/.test(line)
}

function cellsOf(line: string): readonly string[] {
  const cells = line.split(/(?<!\\)\|/).slice(1, -1)
  return cells.map(cell => cell.trim().replaceAll('\\|', '|'))
}

function blocksOf(text: string): readonly Block[] {
  const fence = /^```(\w*)\n([\s\S]*?)\n?^```$/gm
  let end = -1
  return [...text.matchAll(fence)].map(({ 0: whole, 1: language = '', 2: code = '', index }) => {
    const follows = end !== -1 && text.slice(end, index).trim() === ''
    end = index + whole.length
    return { language, text: code, line: text.slice(0, index).split('\n').length, follows }
  })
}

/** Lines of code emptied, so that a comment of a shell is no heading. */
function withoutCode(lines: readonly string[]): readonly string[] {
  let inside = false
  return lines.map(line => {
    const isFence = line.startsWith('```')
    if (isFence) inside = !inside
    return inside || isFence ? '' : line
  })
}
