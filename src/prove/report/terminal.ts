/** The report for a person at a terminal, or for whoever reads its log later. */

import { styleText } from 'node:util'
import type { Listed } from '../catalogue.ts'
import type { Watch } from '../run.ts'
import type { Result, Verdict } from '../verdict.ts'
import { attackText, figuresText, summaryText } from './words.ts'

export interface Terminal {
  readonly write: (text: string) => void
  /** Whether lines may be written over: then what goes on is shown. */
  readonly live: boolean
  readonly colours: boolean
  readonly columns: number
}

type Style = Parameters<typeof styleText>[0]

const marks: Readonly<Record<Verdict, readonly [mark: string, style: Style]>> = {
  pass: ['✔', 'green'],
  fail: ['✘', 'red'],
  error: ['!', 'yellow'],
  'not-applicable': ['·', 'gray'],
}

const clearLine = '\r\u001b[2K'
const idColumns = 18

export interface TerminalReport extends Watch {
  /** What stands at the end. */
  finish(results: readonly Result[]): void
}

export function terminalReport(
  terminal: Terminal,
  facts: { readonly seed: number; readonly drills: number; readonly controls: boolean },
): TerminalReport {
  const { write, live, columns } = terminal
  const style = (format: Style, text: string) =>
    terminal.colours ? styleText(format, text, { validateStream: false }) : text
  let current = ''
  let group = ''
  let count = 0
  const show = (text: string) => {
    if (live) write(`${clearLine}${style('dim', text.slice(0, columns - 1))}`)
  }
  const kind = facts.controls ? 'control' : 'drill'
  const what = `${facts.drills} ${kind}${facts.drills === 1 ? '' : 's'}`
  const how = facts.controls ? ', each against a node with one broken stage' : ''
  write(`mettle prove: ${what}${how}, seed ${facts.seed}\n`)
  return {
    preparing: text => show(`  … ${text}`),
    begins({ drill }: Listed) {
      count += 1
      current = `  ${count}/${facts.drills} ${drill.id}`
      show(`${current} …`)
    },
    progress: text => show(`${current}: ${text}`),
    ends(result) {
      if (live) write(clearLine)
      if (result.group !== group) {
        group = result.group
        write(`\n${style('bold', group)}\n`)
      }
      for (const line of linesOf(result, style)) write(`${line}\n`)
    },
    finish(results) {
      if (live) write(clearLine)
      write(`\n${summaryText(results)}.\n`)
      const replays = results.filter(({ verdict }) => verdict === 'fail' || verdict === 'error')
      for (const { replay } of replays) write(`  again: ${replay}\n`)
    },
  }
}

function linesOf(result: Result, style: (format: Style, text: string) => string): string[] {
  const { drill, claim, verdict, reason, figures, durationMs } = result
  const [mark, format] = marks[verdict]
  const name = style('bold', drill.padEnd(idColumns))
  const indent = ' '.repeat(idColumns + 5)
  const seconds = style('dim', ` (${(durationMs / 1_000).toFixed(1)} s)`)
  const head = `  ${style(format, mark)}  ${name}${claim}`
  if (verdict === 'not-applicable') {
    return [style('dim', `  ${mark}  ${drill.padEnd(idColumns)}not applicable: ${reason}`)]
  }
  const isMeant = verdict === 'pass' && reason !== ''
  return [
    `${head}${seconds}`,
    ...(result.size === 0 ? [] : [`${indent}${style('dim', attackText(result))}`]),
    ...(Object.keys(figures).length === 0 ? [] : [`${indent}${figuresText(figures)}`]),
    ...(reason === '' ? [] : [`${indent}${style(isMeant ? 'dim' : format, reason)}`]),
  ]
}
