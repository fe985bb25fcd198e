/** What `mettle prove --explain` prints of a drill. */

import type { Model } from '../../model/model.ts'
import type { Listed } from '../catalogue.ts'
import type { Drill } from '../drill.ts'
import { leftOut } from '../reach.ts'
import { tabled } from './lines.ts'

interface ExplanationFacts {
  /** Null where there is no backend to look at. */
  readonly model: Model | null
  /** What the broken stage is, where the drill has one of Mettle's. */
  readonly stage: string | null
  readonly columns: number
}

export function explanationOf({ drill, file }: Listed, facts: ExplanationFacts): string {
  const { id, group, claim, promise, reach, explained } = drill
  const rows: (readonly [string, string])[] = [
    ['claim', `${claim}.`],
    ['promise', promise],
    ...(explained === undefined
      ? []
      : [
          ['attack', `${capital(explained.does)}.`] as const,
          ['passes when', `${capital(explained.bar)}.`] as const,
        ]),
    ['needs', needsOf(drill, facts.model)],
    ['control', controlOf(drill, facts.stage)],
    ...(explained === undefined
      ? []
      : [['takes', `About ${explained.seconds} s on two cores, with --time 20s.`] as const]),
    ['with --url', withUrl(leftOut(reach))],
    ['file', file],
  ]
  return [`${id} (${group})`, ...tabled(rows, facts.columns)].join('\n')
}

function withUrl(why: string | null): string {
  return why === null ? 'Runs too: it acts with accounts of its own.' : `Left out: ${why}.`
}

function needsOf(drill: Drill, model: Model | null): string {
  const { explained } = drill
  const asks = explained === undefined ? '' : `${capital(explained.asks)}. `
  if (model === null) return `${asks}There is no backend here to look at: name yours by --backend.`
  const lack = drill.needs(model)
  return lack === null
    ? `${asks}Your backend has what it needs.`
    : `${asks}It does not apply to your backend: ${lack}.`
}

function controlOf({ control }: Drill, stage: string | null): string {
  if (control !== undefined) return `The same attack on ${control.backend} must go red.`
  if (stage === null) return 'None: nothing shows that this drill is able to fail.'
  return `The same attack on a node in which one stage is broken (${stage}) must go red.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
