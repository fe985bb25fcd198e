/**
 * The hooks of creating users, around those who sign up: `before` runs for nobody in particular,
 * `after` for the user who came of it.
 */

import { anonymous, type Caller } from '../../base/caller.ts'
import type { Clock } from '../../base/clock.ts'
import { Faults } from '../../model/faults.ts'
import { compileStore, type DriverValues } from '../../model/input.ts'
import { codec } from '../../model/kinds/index.ts'
import type { Model } from '../../model/model.ts'
import type { PlanRead } from '../../sql/plan-cache.ts'
import type { AuditOrigin } from '../audit/audit.ts'
import type { DataScope } from '../data/data.ts'
import type { AroundSignUp } from '../identity/around-sign-up.ts'
import { type Answer, wholeView } from '../operation.ts'
import { bodyAnswer, rowAnswer } from './answers.ts'
import type { Engine } from './engine.ts'
import { hooksByOperation, type Occasion, runAfter, runBefore } from './hooks.ts'
import { rowOutput } from './outputs.ts'
import { shapeOfOne } from './read-shapes.ts'
import type { Hookable } from './work.ts'

interface SignUpHooksOptions {
  readonly model: Model
  readonly clock: Clock
  readonly planRead: PlanRead
  readonly repositories: Engine['repositories']
}

interface SignUp extends Hookable<SignUp> {
  readonly values: DriverValues
}

/** Null where no hook stands around it. */
export function createSignUpHooks(options: SignUpHooksOptions): AroundSignUp | null {
  const { model, clock, planRead, repositories } = options
  const users = model.identity?.resource ?? ''
  const operation = `${users}.create`
  const around = hooksByOperation(model).get(operation)
  if (around === undefined) return null
  const { fields } = model.resources.get(users)!
  const readStored = compileStore(fields, 'create')

  const occasionOf = (caller: Caller, { requestId }: AuditOrigin): Occasion => {
    const facts = { caller, requestId: requestId ?? '', nowMs: clock.now() }
    return { engine: { repositories }, operation, around, facts }
  }
  const signUpOf = (values: DriverValues, id: string | null): SignUp => ({
    id: null,
    values,
    input: () => codec.loadShape(fields, values),
    withInput(changed) {
      const faults = new Faults('body')
      const stored = readStored(changed, faults, { caller: null, nowMs: clock.now() })
      faults.throwIfAny()
      return signUpOf(stored, id)
    },
    // Who may not read his own row learns its id from the session.
    output: answer => rowOutput(model, users, answer) ?? { id },
  })
  const shown = async (id: string, caller: Caller, scope: DataScope): Promise<Answer> => {
    const plan = planRead(shapeOfOne(users, wholeView), caller)
    const row = await scope.read(plan, [id], caller)
    return row === undefined ? bodyAnswer(null, caller) : rowAnswer(row, plan, caller)
  }

  return {
    async before(values, from, scope) {
      return (await runBefore(occasionOf(anonymous, from), signUpOf(values, null), scope)).values
    },
    async after(id, values, from, scope) {
      const roles: readonly string[] = JSON.parse(String(values['roles']))
      const user: Caller = { kind: 'user', id, roles, tenant: null, session: null, apiKey: null }
      const answer = await shown(id, user, scope)
      await runAfter(occasionOf(user, from), signUpOf(values, id), answer, scope)
    },
  }
}
