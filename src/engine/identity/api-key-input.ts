/** What an API key is made from: its name, its time, its scopes, checked against the model. */

import { limits } from '../../base/limits.ts'
import { ruleOf } from '../../declare/row-operation.ts'
import { engineField } from '../../model/engine-field.ts'
import { Faults } from '../../model/faults.ts'
import { compileInput, type DriverValues } from '../../model/input.ts'
import type { Model } from '../../model/model.ts'
import { scope, scopeNames } from '../../model/scopes.ts'
import { suggestion } from '../../model/suggest.ts'
import { passwordField, passwordOf } from './input.ts'

export interface ApiKeyInput {
  readonly name: string
  readonly days: number
  /** Null: whatever the user may do. */
  readonly scopes: readonly string[] | null
}

/** Reads `{ name, expiresInDays, scopes }`; throws `validate.invalid` that names every fault. */
export interface ReadApiKey {
  readonly ofOperator: (json: unknown) => ApiKeyInput
  /** With `password`, which comes normalised. */
  readonly ofOwner: (json: unknown) => ApiKeyInput & { readonly password: string }
}

export function compileApiKeyInput(model: Model): ReadApiKey {
  const fields = [nameField, daysField, scopesField]
  const read = compileInput(fields, 'create')
  const readOwned = compileInput([...fields, passwordField('password')], 'create')
  const known = new Set(scopeNames(model))
  const keyOf = (values: DriverValues, faults: Faults): ApiKeyInput => {
    const { name, expiresInDays, scopes } = values
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
  return {
    ofOperator(json) {
      const faults = new Faults('body')
      return keyOf(read(json, faults, nobody), faults)
    },
    ofOwner(json) {
      const faults = new Faults('body')
      const values = readOwned(json, faults, nobody)
      return { ...keyOf(values, faults), password: passwordOf(values['password']) }
    },
  }
}

/** These inputs have no defaults. */
const nobody = Object.freeze({ caller: null, nowMs: 0 })

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
