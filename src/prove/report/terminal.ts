/** The report for a person at a terminal, or for whoever reads its log later. */

import { styleText } from 'node:util'
import type { Listed } from '../catalogue.ts'
import type { Watch } from '../run.ts'
import type { Result, Verdict } from '../verdict.ts'
import { packed, wrapped } from './lines.ts'
import { attackText, durationText, figureWords, subjectText, summaryText } from './words.ts'

interface Terminal {
  readonly write: (text: string) => void
  /** Whether lines may be written over: then what goes on is shown, with the time it takes. */
  readonly live: boolean
  readonly colours: boolean
  readonly columns: number
}

interface RunFacts {
  /** Of the backend. */
  readonly name: string
  readonly seed: number
  readonly drills: number
  readonly controls: boolean
}

type Style = Parameters<typeof styleText>[0]
type Paint = (format: Style, text: string) => string

/** The word stands beside the mark wherever it is no pass: colours may be gone from a log. */
const marks: Readonly<Record<Verdict, readonly [mark: string, style: Style, word: string]>> = {
  pass: ['✔', 'green', ''],
  fail: ['✘', 'red', 'FAILED: '],
  error: ['!', 'yellow', 'NO RESULT: '],
  'not-applicable': ['·', 'gray', 'not applicable: '],
}

const clearLine = '\r\u001b[2K'
const idColumns = 20
const markColumns = 5
/** Below it, what belongs to a drill stands under its name and not beside it. */
const columnsOfWide = 80
/** Longer lines are hard to read. */
const columnsMax = 120
const tickMs = 1_000
const barCells = 20

interface TerminalReport extends Watch {
  /** What stands at the end. */
  finish(results: readonly Result[]): void
}

export function terminalReport(terminal: Terminal, facts: RunFacts): TerminalReport {
  const { write, live } = terminal
  const paint: Paint = (format, text) =>
    terminal.colours ? styleText(format, text, { validateStream: false }) : text
  const columns = Math.min(terminal.columns, columnsMax)
  const status = live ? statusLine(terminal, paint) : null
  const startedMs = performance.now()
  const leftBehind: string[] = []
  let group = ''
  let count = 0
  const kind = facts.controls ? 'control' : 'drill'
  const what = `${facts.drills} ${kind}${facts.drills === 1 ? '' : 's'}`
  const how = facts.controls ? ', each against a node with one broken stage' : ''
  write(`${paint('bold', `mettle prove ${facts.name}`)}: ${what}${how}, seed ${facts.seed}\n`)
  return {
    preparing: text => status?.show(`${barOf(0, facts.drills)} ${text}`),
    begins({ drill }: Listed) {
      count += 1
      status?.show(`${barOf(count - 1, facts.drills)} ${count}/${facts.drills} ${drill.id}`)
    },
    progress: text => status?.add(text),
    ends(result) {
      status?.clear()
      if (result.group !== group) {
        group = result.group
        write(`\n${paint('bold', group)}\n`)
      }
      for (const line of linesOf(result, columns, paint)) write(`${line}\n`)
    },
    leaves(left) {
      leftBehind.push(...left)
    },
    finish(results) {
      status?.stop()
      const spent = durationText(performance.now() - startedMs)
      const counts = `${summaryText(results)}, in ${spent}.`
      const bad = results.filter(({ verdict }) => verdict === 'fail' || verdict === 'error')
      const format: Style = ['bold', bad.length > 0 ? 'red' : 'green']
      write('\n')
      for (const line of wrapped(counts, columns)) write(`${paint(format, line)}\n`)
      for (const each of leftBehind) write(`  left behind: ${shown(each)}\n`)
      for (const { drill, replay } of bad) write(`  ${drill} again:  ${replay}\n`)
    },
  }
}

/** The one line that is written over: what goes on, and for how long. */
function statusLine({ write, columns }: Terminal, paint: Paint) {
  let text = ''
  let added = ''
  let sinceMs = performance.now()
  const draw = () => {
    const seconds = Math.floor((performance.now() - sinceMs) / 1_000)
    const line = `  ${text}${added === '' ? ' …' : `: ${added}`}, ${seconds} s`
    write(`${clearLine}${paint('dim', line.slice(0, columns - 1))}`)
  }
  const ticking = setInterval(draw, tickMs).unref()
  return {
    show(next: string) {
      text = next
      added = ''
      sinceMs = performance.now()
      draw()
    },
    add(next: string) {
      added = next
      draw()
    },
    clear: () => write(clearLine),
    stop() {
      clearInterval(ticking)
      write(clearLine)
    },
  }
}

function barOf(done: number, all: number): string {
  const full = Math.round((done / Math.max(1, all)) * barCells)
  return '▰'.repeat(full) + '▱'.repeat(barCells - full)
}

function linesOf(result: Result, columns: number, paint: Paint): readonly string[] {
  const { drill, verdict, reason, durationMs, replay } = result
  const [mark, format, word] = marks[verdict]
  const isWide = columns >= columnsOfWide
  const indent = ' '.repeat(isWide ? markColumns + idColumns : markColumns)
  const width = columns - indent.length
  const below = (text: string, style: Style): readonly string[] =>
    shown(text)
      .split('\n')
      .flatMap(line => wrapped(line, width))
      .map(line => indent + paint(style, line))
  const name = `  ${paint(format, mark)}  ${paint('bold', drill.padEnd(isWide ? idColumns : 0))}`
  if (verdict === 'not-applicable') return headed(name, below(word + reason, 'dim'), isWide)
  const isMeant = verdict === 'pass' && reason !== ''
  return [
    ...headed(name, below(`${subjectText(result)}.`, 'reset'), isWide),
    ...(result.size === 0 ? [] : below(attackText(result), 'dim')),
    ...figureLines(result, width, paint).map(line => indent + line),
    ...(reason === '' ? [] : below(word + reason, isMeant ? 'dim' : format)),
    indent + paint('dim', `${durationText(durationMs)} · again: ${replay}`),
  ]
}

/** What a backend says must not move the cursor. */
function shown(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n]/gu, '?')
}

/** The first line beside the name, where there is room. */
function headed(name: string, lines: readonly string[], isWide: boolean): readonly string[] {
  const [first = '', ...rest] = lines
  return isWide ? [name + first.trimStart(), ...rest] : [name, ...lines]
}

/** Each figure whole, as many in a line as there is room for. */
function figureLines({ figures }: Result, width: number, paint: Paint): readonly string[] {
  const items = figureWords(figures).map(
    ([name, value]) => `${paint('dim', `${name}:`)} ${shown(value)}`,
  )
  return packed(items, paint('dim', ' · '), width)
}
