/** Hooks: user code around an operation, inside its transaction. */

import type { HookModel, Model } from '../../model/model.ts'
import type { DataScope } from '../data/data.ts'
import type { Answer } from '../operation.ts'
import { failuresOf } from './declared-errors.ts'
import type { Engine, RequestFacts } from './engine.ts'
import { callUser } from './user-code.ts'
import type { Hookable } from './work.ts'

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

/**
 * Whether the hook works with the transaction; one that only looks at the input lets the operation
 * share its commit.
 */
export function needsTransaction(hook: HookModel): boolean {
  return hook.uses.size > 0 || hook.after !== null
}

/** One run of an operation, and the hooks around it. */
export interface Occasion {
  readonly engine: Pick<Engine, 'repositories'>
  /** `products.update`, `checkout`. */
  readonly operation: string
  readonly around: readonly HookModel[]
  readonly facts: RequestFacts
}

/**
 * What a hook gives back is the input to go on with; nothing leaves it as it was. `scope` is null
 * where no hook needs a transaction.
 */
export async function runBefore<W extends Hookable<W>>(
  occasion: Occasion,
  work: W,
  scope: DataScope | null,
): Promise<W> {
  let current = work
  for (const hook of occasion.around) {
    if (hook.before === null) continue
    const fail = failuresOf(hook.name, hook.errors)
    const context = { ...contextOf(occasion, hook, current, scope), fail }
    const changed = await callUser(hook.before, context)
    scope?.checkAwaited()
    if (changed !== undefined) current = current.withInput(changed)
  }
  return current
}

export async function runAfter(
  occasion: Occasion,
  work: Hookable<unknown>,
  answer: Answer,
  scope: DataScope,
): Promise<void> {
  for (const hook of occasion.around) {
    if (hook.after === null) continue
    const context = { ...contextOf(occasion, hook, work, scope), output: work.output(answer) }
    await callUser(hook.after, context)
    scope.checkAwaited()
  }
}

/** The `db` of a hook that declares no `uses`. */
const noRepositories: object = Object.freeze({ as: () => noRepositories })

function contextOf(
  { engine, operation, facts }: Occasion,
  hook: HookModel,
  work: Hookable<unknown>,
  scope: DataScope | null,
): object {
  return {
    operation,
    input: work.input(),
    id: work.id,
    db: scope === null ? noRepositories : engine.repositories(hook.uses, scope, facts),
    caller: facts.caller,
  }
}
