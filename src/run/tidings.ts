/** What a person is told while workers come, wait, fail and go. */

import { type BannerFacts, renderBanner } from './banner.ts'
import type { FleetEvents, Meanwhile } from './fleet.ts'

interface TidingsOptions {
  /** Where a person reads. */
  readonly print: (text: string) => void
  /** Nobody serves, and nothing that a person does meanwhile is a help. */
  readonly fail: (message: string) => void
  readonly facts: Omit<BannerFacts, 'summary' | 'startedMs'>
  /** Since the start. */
  readonly elapsedMs: () => number
}

const afterRefusal: Readonly<Record<Meanwhile, string>> = {
  serving: 'The version before goes on serving.',
  retrying: 'Trying again …',
  nothing: 'Waiting: save a source file to try again.',
}

const whileHeld: Readonly<Record<Meanwhile, string>> = {
  serving: 'The version before goes on serving until that is done.',
  retrying: 'Waiting until that is done.',
  nothing: 'Waiting until that is done, or a source file is saved.',
}

/** Says all of each thing that goes wrong once, and when it still does. */
export function tidings(options: TidingsOptions): Omit<FleetEvents, 'forked'> {
  const { print, fail, facts, elapsedMs } = options
  let wrong: string | null = null
  let waited = false

  function complain(text: string, meanwhile: Meanwhile): void {
    waited = true
    if (text !== wrong) print(text)
    else if (meanwhile !== 'retrying') print(`Still refused: ${text.split('\n')[0]}`)
    wrong = text
  }

  return {
    ready(summary, first) {
      wrong = null
      const startedMs = waited ? null : Math.round(elapsedMs())
      if (first) print(renderBanner({ ...facts, summary, startedMs }))
      else print([`${summary.name} was reloaded`, ...summary.notes].join('; '))
    },
    refused({ message, bySaving }, meanwhile) {
      const hopeless = facts.mode === 'production' || !bySaving
      if (meanwhile === 'nothing' && hopeless) fail(message)
      else complain(`${message}\n${afterRefusal[meanwhile]}`, meanwhile)
    },
    held: (message, meanwhile) => complain(`${message}\n${whileHeld[meanwhile]}`, meanwhile),
    crashed(how, delayMs) {
      wrong = null
      const when = delayMs === 0 ? '' : ` in ${delayMs} ms`
      print(`A worker ended unexpectedly (${how}); another starts${when}.`)
    },
  }
}
