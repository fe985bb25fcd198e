/** An API key narrows its user: to operations, and to the rows that their answers show. */

import type { Caller } from '../../base/caller.ts'
import { ruleOf } from '../../declare/row-operation.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import { demandScope, isInScope, type ScopeWord } from '../../model/scopes.ts'
import type { Answer, ExpandInput, Operation } from '../operation.ts'

interface Need {
  readonly part: string
  readonly word: ScopeWord | null
}

/** Throws `authorise.out-of-scope` where the key of the caller may not be used for it. */
export function checkScope(model: Model, operation: Operation, caller: Caller): void {
  if (caller.apiKey === null) return
  for (const { part, word } of needsOf(model, operation)) demandScope(caller, part, word)
}

/** Rows that hang on others are read like them: whoever asks for them needs to read each. */
function needsOf(model: Model, operation: Operation): readonly Need[] {
  if ('name' in operation) return [{ part: operation.name, word: null }]
  const own = { part: operation.resource, word: ruleOf[operation.kind] }
  const expand = 'view' in operation ? operation.view.expand : []
  const shown = shownBy(model, model.resources.get(operation.resource)!, expand)
  return [own, ...shown.map(part => ({ part, word: 'read' as const }))]
}

/** The resources that an expansion shows; a name that leads nowhere is for the validate stage. */
function shownBy(
  model: Model,
  resource: ResourceModel,
  expand: readonly ExpandInput[],
): readonly string[] {
  return expand.flatMap(({ name, expand: below }) => {
    const inverse = resource.inverses.get(name)
    const link = inverse?.across == null ? [] : [inverse.resource]
    const shown = inverse?.across?.resource ?? inverse?.resource
    const target = model.resources.get(shown ?? resource.field.get(name)?.target ?? '')
    return target === undefined ? [] : [...link, target.name, ...shownBy(model, target, below)]
  })
}

/**
 * What the key may show of an answer: who may change rows but not read them learns that it was
 * done, and no more, as under rules.
 */
export function withinScope(
  model: Model,
  operation: Operation,
  { apiKey }: Caller,
  answer: Answer,
): Answer {
  if (apiKey === null || apiKey.scopes === null || answer.body === null) return answer
  const shown = shownByAnswer(model, operation)
  if (shown === null || isInScope(apiKey, shown, 'read')) return answer
  return { ...answer, status: answer.status === 200 ? 204 : answer.status, body: null, tag: null }
}

/** The resource whose row an answer shows. */
function shownByAnswer(model: Model, operation: Operation): string | null {
  if ('resource' in operation) return operation.resource
  if (operation.kind === 'query') return null
  const { output } = model.commands.get(operation.name)!
  return output.kind === 'resource' ? output.resource : null
}
