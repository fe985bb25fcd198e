/** What a drill came to, and when evidence is none. */

import type { Drill, Evidence, Figures } from './drill.ts'
import type { Timeline } from './timeline.ts'

/** `error`: the drill itself did not work, so nothing is known. */
export type Verdict = 'pass' | 'fail' | 'error' | 'not-applicable'

export interface Result {
  readonly drill: string
  readonly group: string
  readonly promise: string
  readonly claim: string
  /** Of a control: what was wrong with what the drill attacked; null of a sound backend. */
  readonly broke: string | null
  readonly verdict: Verdict
  /** Why it is no pass; empty for a pass. */
  readonly reason: string
  readonly attack: string
  readonly size: number
  readonly inFlight: number | null
  readonly figures: Figures
  readonly timeline: Timeline | null
  readonly durationMs: number
  /** Runs the very same again. */
  readonly replay: string
}

export type Judgement = Pick<
  Result,
  'verdict' | 'reason' | 'attack' | 'size' | 'inFlight' | 'figures' | 'timeline'
>

const nothing = { attack: '', size: 0, inFlight: null, figures: {}, timeline: null } as const

export function notApplicable(reason: string): Judgement {
  return { ...nothing, verdict: 'not-applicable', reason }
}

/** The harness or the backend broke down before there was evidence. */
export function broken(error: unknown): Judgement {
  const reason = error instanceof Error ? error.message : String(error)
  return { ...nothing, verdict: 'error', reason }
}

/** An attack that met nothing proves nothing. */
export function judge(drill: Drill, evidence: Evidence): Judgement {
  const { attack, size, inFlight, figures, timeline = null } = evidence
  const seen = { attack, size, inFlight, figures, timeline }
  if (size === 0) return { ...seen, verdict: 'error', reason: 'nothing was attacked' }
  if (inFlight === 0) {
    return { ...seen, verdict: 'error', reason: 'nothing was in flight at the fault' }
  }
  const wrong = drill.judge(figures)
  return { ...seen, verdict: wrong.length === 0 ? 'pass' : 'fail', reason: wrong.join('; ') }
}

/** Of a control: it passes when the drill sees the fault, and only then. */
export function judgeControl(found: Judgement): Judgement {
  switch (found.verdict) {
    case 'fail':
      return { ...found, verdict: 'pass', reason: `red, as it must be: ${found.reason}` }
    case 'pass':
      return { ...found, verdict: 'fail', reason: 'the drill did not see the broken stage' }
    default:
      return found
  }
}

/** Whether a run may end with status 0: every drill that applies passed, and one did apply. */
export function isProved(results: readonly Result[]): boolean {
  const applicable = results.filter(({ verdict }) => verdict !== 'not-applicable')
  return applicable.length > 0 && applicable.every(({ verdict }) => verdict === 'pass')
}
