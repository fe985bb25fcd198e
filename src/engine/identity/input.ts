/** What sign-up, sign-in and a change of password are given, checked by the kinds of the model. */

import { limits } from '../../base/limits.ts'
import { Faults } from '../../model/faults.ts'
import { compileInput } from '../../model/input.ts'
import type { DriverValues } from '../../model/input.ts'
import { engineField } from '../../model/engine-field.ts'
import type { FieldModel, ResourceModel } from '../../model/model.ts'
import { suggestion } from '../../model/suggest.ts'
import { checkPassword, normalisePassword } from './password-policy.ts'

/**
 * One `@`, something on both sides, no blanks: whether it can be delivered to, only a message can
 * tell.
 */
const emailForm = /^[^\s@\p{Cc}]{1,64}@[^\s@\p{Cc}]{1,253}$/u

/** E-mail addresses are compared in lower case and in one spelling of each letter. */
export function normaliseEmail(email: string): string {
  return email.normalize('NFKC').toLowerCase()
}

interface SignUpInput {
  readonly email: string
  readonly password: string
  /** Of the declared fields of the users. */
  readonly values: DriverValues
}

interface SignInInput {
  readonly email: string
  readonly password: string
}

interface TokenInput extends SignInInput {
  /** Whether a refresh token is wanted too. */
  readonly refresh: boolean
}

interface PasswordInput {
  readonly current: string
  readonly next: string
}

/**
 * Each throws `validate.invalid` that names every fault; passwords come normalised. A changed
 * password is yet to be held against the policy, which looks at the account too.
 */
export interface Inputs {
  signUp(json: unknown, roles: readonly string[], nowMs: number): SignUpInput
  /** As `signUp`, without a password. */
  service(json: unknown, roles: readonly string[], nowMs: number): Omit<SignUpInput, 'password'>
  signIn(json: unknown): SignInInput
  token(json: unknown): TokenInput
  /** The text of a refresh token. */
  refresh(json: unknown): string
  changePassword(json: unknown): PasswordInput
}

/** `known` are the declared roles; `service` is a name that no password should be made of. */
export function compileInputs(
  users: ResourceModel,
  known: readonly string[],
  service: string,
): Inputs {
  const email: FieldModel = { ...users.field.get('email')!, readOnly: false }
  const declared = users.fields.filter(field => !field.system && field.name !== 'email')
  const readSignUp = compileInput([email, passwordField('password'), ...declared], 'create')
  const readService = compileInput([email, ...declared], 'create')
  const readSignIn = compileInput([email, passwordField('password')], 'create')
  const readToken = compileInput([email, passwordField('password'), refreshField], 'create')
  const readRefresh = compileInput([refreshTokenField], 'create')
  const readChange = compileInput([passwordField('current'), passwordField('next')], 'create')
  return {
    signUp(json, roles, nowMs) {
      const faults = new Faults('body')
      const input = readSignUp(json, faults, { caller: null, nowMs })
      const { email: address, password: given, ...values } = input
      const normalised = readEmail(address, faults)
      const password = passwordOf(given)
      const isRead = faults.list.every(({ pointer }) => pointer !== '/password')
      if (isRead) checkPassword(password, [normalised, service], '/password', faults)
      checkRoles(known, roles, faults)
      faults.throwIfAny()
      return { email: normalised, password, values }
    },
    service(json, roles, nowMs) {
      const faults = new Faults('body')
      const { email: address, ...values } = readService(json, faults, { caller: null, nowMs })
      const normalised = readEmail(address, faults)
      checkRoles(known, roles, faults)
      faults.throwIfAny()
      return { email: normalised, values }
    },
    signIn: json => readCredentials(readSignIn, json),
    token: json => readCredentials(readToken, json),
    refresh(json) {
      const faults = new Faults('body')
      const { refreshToken } = readRefresh(json, faults, nobody)
      faults.throwIfAny()
      return String(refreshToken)
    },
    changePassword(json) {
      const faults = new Faults('body')
      const { current, next } = readChange(json, faults, nobody)
      faults.throwIfAny()
      return { current: passwordOf(current), next: passwordOf(next) }
    },
  }
}

function readCredentials(read: ReturnType<typeof compileInput>, json: unknown): TokenInput {
  const faults = new Faults('body')
  const { email: address, password, refresh } = read(json, faults, nobody)
  const email = readEmail(address, faults)
  faults.throwIfAny()
  return { email, password: passwordOf(password), refresh: refresh === true }
}

/** Adds a fault for each of the `roles` that the identity does not declare. */
export function checkRoles(
  known: readonly string[],
  roles: readonly string[],
  faults: Faults,
): void {
  const choice = known.join(', ') || 'none, since the identity declares no roles'
  for (const role of roles) {
    if (known.includes(role)) continue
    const near = suggestion(role, known)
    faults.add('/roles', 'choice', `must be one of ${choice}, not ${JSON.stringify(role)}${near}`)
  }
}

/** These inputs have no defaults. */
const nobody = Object.freeze({ caller: null, nowMs: 0 })

/** One that did not come as input. Throws `validate.invalid`. */
export function checkedEmail(value: unknown): string {
  const faults = new Faults('body')
  const email = readEmail(value, faults)
  faults.throwIfAny()
  return email
}

function readEmail(value: unknown, faults: Faults): string {
  if (typeof value !== 'string') return '' // the kind has said what is wrong
  const email = normaliseEmail(value)
  if (!emailForm.test(email)) faults.add('/email', 'format', 'must be an e-mail address')
  return email
}

export function passwordOf(value: unknown): string {
  return normalisePassword(String(value))
}

/** A password is no field of the users: it is read like one and kept as a hash, elsewhere. */
export function passwordField(name: string): FieldModel {
  return engineField(name, 'text', { bounds: { min: 1, max: limits.passwordCharsMax } })
}

/** As it was given; whether it is good, PostgreSQL knows. */
const refreshTokenField = engineField('refreshToken', 'text', {
  bounds: { min: 1, max: limits.accessTokenCharsMax },
})

const refreshField = engineField('refresh', 'boolean', { optional: true })
