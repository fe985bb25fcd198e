/** The report as one page that can be kept: evidence, charts, and how to run it again. */

import type { Result, Verdict } from '../verdict.ts'
import { chartOf } from './chart.ts'
import { escaped } from './escape.ts'
import { style } from './style.ts'
import {
  attackText,
  countsOf,
  durationText,
  figureWords,
  subjectText,
  summaryText,
} from './words.ts'

interface PageFacts {
  readonly seed: number
  /** Of the backend. */
  readonly name: string
  readonly nodes: number
  readonly controls: boolean
  /** When the run ended. */
  readonly at: Date
}

export function htmlReport(facts: PageFacts, results: readonly Result[]): string {
  const { seed, name, nodes, controls, at } = facts
  const title = `${name}: ${controls ? 'controls' : 'what was proved'}`
  const spentMs = results.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p class="summary">${escaped(summaryText(results))}.</p>
${barOf(results)}
<p class="facts">mettle prove, seed ${seed}, ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, ${durationText(spentMs)}, <time datetime="${at.toISOString()}">${at.toISOString().replace('T', ' ').slice(0, 16)} UTC</time></p>
${controls ? '<p class="facts">Each drill attacked a node with one broken stage. It passes here when it saw the fault.</p>' : ''}
</header>
<main>
${groupsOf(results).map(groupSection).join('\n')}
</main>
<footer><p>A drill shows that an attack failed this time, with this seed, on this machine. It cannot show that none succeeds.</p></footer>
</body>
</html>
`
}

const words: Readonly<Record<Verdict, string>> = {
  pass: 'passed',
  fail: 'failed',
  error: 'no result',
  'not-applicable': 'does not apply',
}

/** How the verdicts divide the run, at a glance. */
function barOf(results: readonly Result[]): string {
  const counts = Object.entries(countsOf(results)).filter(([, count]) => count > 0)
  const parts = counts.map(
    ([verdict, count]) => `<span class="${verdict}" style="flex:${count}"></span>`,
  )
  return `<div class="bar" aria-hidden="true">${parts.join('')}</div>`
}

function groupsOf(results: readonly Result[]): readonly (readonly Result[])[] {
  return [...Map.groupBy(results, ({ group }) => group).values()]
}

function groupSection(results: readonly Result[]): string {
  return `<section>
<h2>${escaped(results[0]?.group ?? '')}</h2>
${results.map(article).join('\n')}
</section>`
}

function article(result: Result): string {
  const { drill, promise, verdict, reason, replay, durationMs, timeline } = result
  const seconds = verdict === 'not-applicable' ? '' : ` · ${durationText(durationMs)}`
  return `<article class="${verdict}" id="${escaped(drill)}">
<h3><span class="verdict">${words[verdict]}</span> ${escaped(subjectText(result))}</h3>
<p class="name"><b>${escaped(drill)}</b> · ${escaped(promise)}${seconds}</p>
${reason === '' ? '' : `<p class="reason">${escaped(reason)}</p>`}
${result.size === 0 ? '' : evidenceOf(result)}
${timeline === null ? '' : chartOf(timeline)}
${verdict === 'not-applicable' ? '' : `<code>${escaped(replay)}</code>`}
</article>`
}

function evidenceOf(result: Result): string {
  const figures = figureWords(result.figures).map(
    ([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`,
  )
  return `<p class="attack">${escaped(attackText(result))}</p>
<dl>${figures.join('')}</dl>`
}
