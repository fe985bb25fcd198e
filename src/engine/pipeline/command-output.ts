/** What a command gave back, through the caller's eyes: one record over the kinds of output. */

import type { Caller } from '../../base/caller.ts'
import { isUuid } from '../../base/uuid.ts'
import { Faults } from '../../model/faults.ts'
import { codec } from '../../model/kinds/index.ts'
import type { OutputModel } from '../../model/model.ts'
import type { ReadPlan } from '../../sql/plan.ts'
import type { StoredAnswer } from '../../sql/write/idempotency.ts'
import type { DataScope } from '../data/data.ts'
import { wholeView } from '../operation.ts'
import type { Answer } from '../operation.ts'
import { bodyAnswer, rowAnswer } from './answers.ts'
import type { Engine } from './engine.ts'
import { rowOutput } from './outputs.ts'
import { shapeOfOne } from './read-shapes.ts'

type OutputOf<K extends OutputModel['kind']> = Extract<OutputModel, { readonly kind: K }>

/** For whom and where a command ran. */
interface Showing {
  readonly engine: Engine
  readonly caller: Caller
}

interface OutputKind<K extends OutputModel['kind']> {
  /** Throws where user code broke its own declaration. */
  answer(showing: Showing, output: OutputOf<K>, result: unknown, scope: DataScope): Promise<Answer>
  /** The same answer again. */
  replay(showing: Showing, output: OutputOf<K>, stored: StoredAnswer): Answer
  /** The answer as user code sees it. */
  seen(showing: Showing, output: OutputOf<K>, answer: Answer): unknown
}

type OutputKinds = { readonly [K in OutputModel['kind']]: OutputKind<K> }

const outputKinds: OutputKinds = {
  none: {
    answer: async ({ caller }) => bodyAnswer(null, caller),
    replay: ({ caller }) => bodyAnswer(null, caller),
    seen: () => undefined,
  },
  resource: {
    async answer(showing, output, result, scope) {
      const id: unknown = Reflect.get(Object(result), 'id')
      if (typeof id !== 'string' || !isUuid(id))
        throw new Error(`a command must return a row of ${output.resource}`)
      const row = await scope.read(planOf(showing, output), [id], showing.caller)
      // Who may run the command but not read what it made learns that it was done, and no more.
      if (row === undefined) return bodyAnswer(null, showing.caller)
      return rowAnswer(row, planOf(showing, output), showing.caller)
    },
    replay: (showing, output, { body, version }) =>
      body === null || version === null
        ? bodyAnswer(null, showing.caller)
        : rowAnswer([body, version], planOf(showing, output), showing.caller),
    seen: ({ engine }, output, answer) => rowOutput(engine.model, output.resource, answer),
  },
  object: {
    async answer({ caller }, output, result) {
      const faults = new Faults('body')
      const body = codec.readShape('store', output.fields, result, '', faults)
      if (!faults.any) return bodyAnswer(JSON.stringify(body), caller)
      const places = JSON.stringify(faults.list)
      throw new Error(`a command returned what it does not declare: ${places}`)
    },
    replay: ({ caller }, _output, { body }) => bodyAnswer(body, caller),
    seen: (_showing, output, answer) =>
      answer.body === null ? undefined : codec.loadShape(output.fields, JSON.parse(answer.body)),
  },
}

function planOf({ engine, caller }: Showing, { resource }: OutputOf<'resource'>): ReadPlan {
  return engine.planRead(shapeOfOne(resource, wholeView), caller)
}

/** The functions of one output, in hand. */
export function outputOf<K extends OutputModel['kind']>(showing: Showing, output: OutputOf<K>) {
  const kind: OutputKind<K> = outputKinds[output.kind]
  return {
    answer: (result: unknown, scope: DataScope) => kind.answer(showing, output, result, scope),
    replay: (stored: StoredAnswer) => ({ ...kind.replay(showing, output, stored), replayed: true }),
    seen: (answer: Answer) => kind.seen(showing, output, answer),
  }
}
