/** Who may call an operation, as far as the document can say it. */

import type { SecurityRequirement } from './document.ts'
import type { RuleNode } from '../../declare/rule.ts'
import type { FieldModel } from '../../model/model.ts'

export const securitySchemes = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'mettle_session',
    description: 'Set by sign-up and sign-in. Under TLS its name is __Host-mettle_session.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'An access token of /auth/token: EdDSA, a few minutes, checked as RFC8725 asks for.',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'mtl_…',
    description:
      'An API key of /auth/api-keys: it acts as its user, within its scopes where it has any.',
  },
} as const

/** Whoever came in himself. */
export const inPerson: readonly SecurityRequirement[] = [{ session: [] }, { bearer: [] }]

export const signedIn: readonly SecurityRequirement[] = [...inPerson, { apiKey: [] }]

/** For the document as a whole: sign in or not. */
export const anybody: readonly SecurityRequirement[] = [{}, ...signedIn]

/** The `security` of an operation under a rule; nothing to say where it is that of the document. */
export function securityOf(rule: RuleNode): { readonly security?: readonly SecurityRequirement[] } {
  return admitsAnonymous(rule) ? {} : { security: signedIn }
}

/** Whether somebody who is not signed in can pass, depending on the row at most. */
function admitsAnonymous(rule: RuleNode): boolean {
  switch (rule.kind) {
    case 'anyOf':
      return rule.rules.some(admitsAnonymous)
    case 'allOf':
      return rule.rules.every(admitsAnonymous)
    case 'nobody':
    case 'signedIn':
    case 'owner':
    case 'role':
      return false
    default:
      return true
  }
}

/** Whether no caller at all can pass; such an operation is not in the document. */
export function isClosed(rule: RuleNode): boolean {
  return rule.kind === 'nobody'
}

/** Whether there can be somebody who reads the field. */
export function isReadable({ access }: FieldModel): boolean {
  return access.read === null || !isClosed(access.read)
}

/** Whether there can be somebody who writes it through the API. */
export function isWritable({ system, readOnly, access }: FieldModel): boolean {
  return !system && !readOnly && (access.write === null || !isClosed(access.write))
}
