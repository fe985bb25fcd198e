/** What an API key is made from: its name, its time, its scopes, checked against the model. */

import { limits } from '../../base/limits.ts'
import { ruleOf } from '../../declare/row-operation.ts'
import { engineField } from '../../model/engine-field.ts'
import { Faults } from '../../model/faults.ts'
import { compileInput } from '../../model/input.ts'
import type { Model } from '../../model/model.ts'
import { scope, scopeNames } from '../../model/scopes.ts'
import { suggestion } from '../../model/suggest.ts'

export interface ApiKeyInput {
  readonly name: string
  readonly days: number
  /** Null: whatever the user may do. */
  readonly scopes: readonly string[] | null
}

/** Reads `{ name, expiresInDays, scopes }`; throws `validate.invalid` that names every fault. */
export type ReadApiKey = (json: unknown) => ApiKeyInput

export function compileApiKeyInput(model: Model): ReadApiKey {
  const read = compileInput([nameField, daysField, scopesField], 'create')
  const known = new Set(scopeNames(model))
  return json => {
    const faults = new Faults('body')
    const { name, expiresInDays, scopes } = read(json, faults, { caller: null, nowMs: 0 })
    const asked: readonly string[] | null = typeof scopes === 'string' ? JSON.parse(scopes) : null
    for (const [at, text] of (asked ?? []).entries()) {
      if (!known.has(text)) faults.add(`/scopes/${at}`, 'choice', unknownScope(model, text, known))
    }
    faults.throwIfAny()
    return {
      name: String(name),
      days: typeof expiresInDays === 'number' ? expiresInDays : limits.apiKeyDays,
      scopes: asked === null ? null : [...new Set(asked)],
    }
  }
}

function unknownScope({ resources }: Model, asked: string, known: ReadonlySet<string>): string {
  const [part = '', word = ''] = asked.split('.')
  const meant =
    resources.has(part) && isAccessed(word)
      ? ` (did you mean ${JSON.stringify(scope(part, ruleOf[word]))}?)`
      : suggestion(asked, known)
  return `there is no scope ${JSON.stringify(asked)}${meant}`
}

function isAccessed(word: string): word is keyof typeof ruleOf {
  return Object.hasOwn(ruleOf, word)
}

const nameField = engineField('name', 'text', {
  bounds: { min: 1, max: limits.apiKeyNameCharsMax },
})

const daysField = engineField('expiresInDays', 'integer', {
  optional: true,
  bounds: { min: 1, max: limits.apiKeyDaysMax },
})

const scopesField = engineField('scopes', 'list', {
  optional: true,
  bounds: { min: 1, max: limits.apiKeyScopesMax },
  members: [engineField('', 'text', { bounds: { min: 1, max: limits.apiKeyNameCharsMax } })],
})
