/** Hooks: user code around an operation, inside its transaction. */

import type { HookModel, Model } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import type { Answer } from '../operation.ts'
import { failuresOf } from './declared-errors.ts'
import type { Engine, RequestFacts } from './engine.ts'
import type { Work } from './work.ts'

/** The hooks of each operation that has any, in the order of the parts. */
export function hooksByOperation(model: Model): ReadonlyMap<string, readonly HookModel[]> {
  const hooks = new Map<string, HookModel[]>()
  for (const hook of model.hooks) {
    for (const operation of hook.operations) {
      const around = hooks.get(operation) ?? []
      around.push(hook)
      hooks.set(operation, around)
    }
  }
  return hooks
}

/** Whether the hook works with the transaction; one that only looks at the input lets the operation share its commit. */
export function needsTransaction(hook: HookModel): boolean {
  return hook.uses.size > 0 || hook.after !== null
}

/** What a hook gives back is the input to go on with; nothing leaves it as it was. */
export async function runBefore<W extends Work>(
  engine: Engine,
  hooks: readonly HookModel[],
  operation: string,
  work: W,
  scope: DataScope | null,
  facts: RequestFacts,
): Promise<W> {
  let current = work
  for (const hook of hooks) {
    if (hook.before === null) continue
    const fail = failuresOf(hook.name, hook.errors)
    const context = { ...contextOf(engine, hook, operation, current, scope, facts), fail }
    const changed = await hook.before(context as never)
    if (changed !== undefined) current = current.withInput(changed) as W
  }
  return current
}

export async function runAfter(
  engine: Engine,
  hooks: readonly HookModel[],
  operation: string,
  work: Work,
  answer: Answer,
  scope: DataScope,
  facts: RequestFacts,
): Promise<void> {
  for (const hook of hooks) {
    if (hook.after === null) continue
    const context = {
      ...contextOf(engine, hook, operation, work, scope, facts),
      output: work.output(answer),
    }
    await hook.after(context as never)
  }
}

function contextOf(
  engine: Engine,
  hook: HookModel,
  operation: string,
  work: Work,
  scope: DataScope | null,
  facts: RequestFacts,
): object {
  return {
    operation,
    input: work.input,
    id: work.id,
    db: scope === null ? null : engine.repositories(hook.uses, scope, facts),
    caller: facts.caller,
  }
}
