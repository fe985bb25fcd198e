/** The calls of a page, made in one shell as a reader makes them, and what they print. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Block, Page } from '../../support/markdown.ts'

/** A block of calls with the answer that stands behind it; null where the page shows none. */
interface Call {
  readonly script: string
  readonly line: number
  readonly expected: string | null
}

export interface Printed extends Call {
  readonly printed: string
}

/** Every `sh` block of the page. */
export function callsOf({ blocks }: Page): readonly Call[] {
  return blocks.flatMap((block, at) => {
    if (block.language !== 'sh') return []
    const { text: script, line } = block
    return [{ script, line, expected: answerOf(blocks[at + 1]) }]
  })
}

function answerOf(next: Block | undefined): string | null {
  const isAnswer = next?.follows === true && ['json', 'http', 'text'].includes(next.language)
  return isAnswer ? next.text : null
}

const mark = '--- the next block ---'

/** Runs all of them in one bash, so that what one call sets the next can use. */
export async function runCalls(calls: readonly Call[], port: number): Promise<readonly Printed[]> {
  const scripts = calls.map(({ script }) =>
    script.replaceAll('localhost:3000', `localhost:${port}`),
  )
  const whole = scripts.map(script => `${script}\necho; echo '${mark}'`).join('\n')
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', whole], { timeout: 60_000 })
  if (stderr !== '') throw new Error(stderr)
  const parts = stdout.replaceAll('\r', '').split(`${mark}\n`)
  return calls.map((call, at) => ({ ...call, printed: parts[at]?.trim() ?? '' }))
}

/** `"…"` is any text in quotes, `…` elsewhere anything at all. */
export function matches(printed: string, expected: string): boolean {
  const pattern = expected
    .split(/("…"|…)/)
    .map(part => (part === '"…"' ? '"[^"]*"' : part === '…' ? '[\\s\\S]*?' : escaped(part)))
    .join('')
  return new RegExp(`^${pattern}$`).test(printed)
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
