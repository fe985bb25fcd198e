/**
 * The common frame of every write: inputs, the change itself, what is told of it, and one answer
 * for each row.
 */

import type { Fragment } from '../fragment.ts'
import { answersSteps, eventsStep, storedSteps } from './follow.ts'
import { shownStep, type Told } from './shown.ts'
import { stepped, type Step } from './steps.ts'
import type { WriteTask } from './task.ts'

/**
 * What a form of write does with the rows of `q`; a step `judged` has the verdict on each of them.
 */
export interface Change {
  readonly steps: readonly Step[]
  readonly told: readonly Told[]
  /** The answer's body, of the relation `shown`. */
  readonly body: Fragment
}

/** `inputs` make the relation `q`. */
export function assemble(
  task: WriteTask,
  inputs: readonly Step[],
  change: Change,
  answer: Fragment,
): Fragment {
  return stepped(
    [
      ...inputs,
      ...storedSteps(task),
      ...change.steps,
      shownStep(task, change.told),
      eventsStep(task),
      ...answersSteps(task, change.body),
    ],
    answer,
  )
}
