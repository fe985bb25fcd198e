/** The paths of `/auth`, where the model has an identity. */

import { limits } from '../../base/limits.ts'
import { codec } from '../../model/kinds/index.ts'
import { answerHeaders } from './answer-headers.ts'
import { jsonContent, reference } from './document.ts'
import { inPerson, signedIn } from './guards.ts'
import { idSchema, text, whole } from './plain-schemas.ts'
import { problemResponses } from './problems.ts'
import type { OperationNature } from './problems.ts'
import type { OperationObject, Response, SecurityRequirement } from './document.ts'
import type { Paths } from './resource-paths.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import { scopeNames } from '../../model/scopes.ts'

export function authPaths(model: Model): Paths {
  if (model.identity === null) return []
  const users = model.resources.get(model.identity.resource)!
  const entries = authOperations(model, users)
  const paths = [...new Set(entries.map(({ path }) => path))]
  return paths.map(path => [
    `/auth/${path}`,
    Object.fromEntries(
      entries.filter(entry => entry.path === path).map(entry => [entry.method, operationOf(entry)]),
    ),
  ])
}

interface AuthEntry {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly body?: JsonSchema
  readonly bodyOptional?: boolean
  readonly success: Readonly<Record<string, Response>>
  readonly who: 'anybody' | 'cookie' | 'session' | 'user' | 'caller'
}

const audience: Readonly<Record<AuthEntry['who'], string>> = {
  anybody: 'Open to everybody.',
  cookie: 'For the bearer of a session cookie, if there is one.',
  session: 'For the bearer of a session cookie or an access token, if there is one.',
  user: 'For whoever has signed in; not with an API key.',
  caller: 'For whoever has signed in.',
}

const security: Readonly<Record<AuthEntry['who'], readonly SecurityRequirement[]>> = {
  anybody: [{}],
  cookie: [{}, { session: [] }],
  session: [{}, ...inPerson],
  user: inPerson,
  caller: signedIn,
}

/** Whatever changes something may have to wait for a row. */
const nature: Readonly<Record<AuthEntry['method'], OperationNature>> = {
  get: 'session',
  post: 'authentication',
  delete: 'ending',
}

function operationOf(entry: AuthEntry): OperationObject {
  return {
    operationId: `auth.${entry.name}`,
    summary: entry.summary,
    tags: ['auth'],
    description: audience[entry.who],
    ...(entry.path.includes('{id}') && { parameters: [reference('parameters', 'Id')] }),
    ...(entry.body !== undefined && {
      requestBody: { required: entry.bodyOptional !== true, content: jsonContent(entry.body) },
    }),
    responses: {
      ...entry.success,
      ...problemResponses(nature[entry.method]),
    },
    security: security[entry.who],
  }
}

const moment: JsonSchema = { type: 'string', format: 'date-time', maxLength: 24 }
const id = idSchema
const email: JsonSchema = { type: 'string', format: 'idn-email', maxLength: 254 }
const password: JsonSchema = text(limits.passwordCharsMax)
const newPassword: JsonSchema = { ...password, minLength: limits.passwordCharsMin }
const credentials = closed({ email, password })

const session = closed({
  id,
  createdAt: moment,
  lastUsedAt: moment,
  expiresAt: moment,
  address: { type: ['string', 'null'], maxLength: 45 },
  agent: { type: ['string', 'null'], maxLength: 200 },
  current: { type: 'boolean' },
})

function authOperations(model: Model, users: ResourceModel): readonly AuthEntry[] {
  const declared = users.fields.filter(field => !field.system && !field.readOnly)
  const shape = codec.schemaOfShape(declared)
  const asked = Array.isArray(shape['required']) ? shape['required'] : []
  const signUp = {
    ...shape,
    properties: {
      email,
      password: newPassword,
      ...Object.fromEntries(declared.map(field => [field.name, codec.schema(field)])),
    },
    required: ['email', 'password', ...asked],
  }
  const roles = codec.schema(users.fields.find(field => field.name === 'roles')!)
  const account = { id, email, roles }
  return [...signing(signUp, account), ...sessions(account), ...apiKeys(model), ...tokens]
}

type Account = Readonly<Record<string, JsonSchema>>

function signing(signUp: JsonSchema, account: Account): readonly AuthEntry[] {
  const entered = closed({ user: closed(account), session: closed({ id, expiresAt: moment }) })
  return [
    {
      method: 'post',
      path: 'sign-up',
      name: 'sign-up',
      summary: 'Make an account and sign in',
      body: signUp,
      success: { 201: withCookie('Signed in.', entered) },
      who: 'anybody',
    },
    {
      method: 'post',
      path: 'sign-in',
      name: 'sign-in',
      summary: 'Sign in',
      body: credentials,
      success: { 200: withCookie('Signed in.', entered) },
      who: 'anybody',
    },
    {
      method: 'post',
      path: 'sign-out',
      name: 'sign-out',
      summary: 'End the session of the cookie or of the access token',
      success: { 204: withCookie('Signed out.') },
      who: 'session',
    },
    {
      method: 'post',
      path: 'password',
      name: 'password',
      summary: 'Change the password and end all other sessions',
      body: closed({ current: password, next: newPassword }),
      success: { 204: withCookie('Changed.') },
      who: 'user',
    },
  ]
}

/** Those of browsers and those of access tokens, each bounded for itself. */
const sessionsMax = 2 * limits.sessionsPerUserMax

const sessions = (account: Account): readonly AuthEntry[] => [
  {
    method: 'get',
    path: 'me',
    name: 'me',
    summary: 'Who the caller is',
    success: {
      200: answer(
        'The caller.',
        closed({ ...account, session: { ...id, type: ['string', 'null'] } }),
      ),
    },
    who: 'caller',
  },
  {
    method: 'get',
    path: 'sessions',
    name: 'sessions',
    summary: 'List the sessions of the caller',
    success: {
      200: answer(
        'The newest first.',
        closed({ data: { type: 'array', items: session, maxItems: sessionsMax } }),
      ),
    },
    who: 'user',
  },
  {
    method: 'delete',
    path: 'sessions',
    name: 'sessions.end-others',
    summary: 'End all sessions but this one',
    success: { 204: { description: 'Ended.' } },
    who: 'user',
  },
  {
    method: 'delete',
    path: 'sessions/{id}',
    name: 'sessions.end',
    summary: 'End a session of the caller',
    success: { 204: { description: 'Ended.' } },
    who: 'user',
  },
]

const keyName = text(limits.apiKeyNameCharsMax)
const keyEntry = {
  id,
  name: keyName,
  prefix: { ...text(12), description: 'The first characters of the key.' },
  scopes: {
    type: ['array', 'null'],
    items: keyName,
    maxItems: limits.apiKeyScopesMax,
    description: 'What it may be used for; null: whatever its user may do.',
  },
  createdAt: moment,
  lastUsedAt: { ...moment, type: ['string', 'null'] },
  expiresAt: moment,
}
const keyText = { ...text(47), description: 'Shown this once.' }

const apiKeys = (model: Model): readonly AuthEntry[] => [
  {
    method: 'post',
    path: 'api-keys',
    name: 'api-keys.create',
    summary: 'Make an API key',
    body: newKey(model),
    success: { 201: answer('The key, this once.', closed({ ...keyEntry, key: keyText })) },
    who: 'user',
  },
  {
    method: 'get',
    path: 'api-keys',
    name: 'api-keys',
    summary: 'List the API keys of the caller',
    success: {
      200: answer(
        'The newest first.',
        closed({
          data: { type: 'array', items: closed(keyEntry), maxItems: limits.apiKeysPerUserMax },
        }),
      ),
    },
    who: 'user',
  },
  {
    method: 'delete',
    path: 'api-keys',
    name: 'api-keys.revoke-all',
    summary: 'Revoke all API keys of the caller',
    success: { 204: { description: 'Revoked.' } },
    who: 'user',
  },
  {
    method: 'delete',
    path: 'api-keys/{id}',
    name: 'api-keys.revoke',
    summary: 'Revoke an API key of the caller',
    success: { 204: { description: 'Revoked.' } },
    who: 'user',
  },
]

function newKey(model: Model): JsonSchema {
  const days = whole(1, limits.apiKeyDaysMax)
  const schema = closed({
    password: { ...password, description: 'That of the caller.' },
    name: { ...keyName, minLength: 1, description: 'What it is for.' },
    expiresInDays: { ...days, default: limits.apiKeyDays },
    scopes: {
      type: 'array',
      items: { type: 'string', enum: scopeNames(model) },
      minItems: 1,
      maxItems: limits.apiKeyScopesMax,
      description: 'What it may be used for; absent: whatever its user may do.',
    },
  })
  return { ...schema, required: ['password', 'name'] }
}

const tokenText = text(limits.accessTokenCharsMax)
const refreshBody = closed({ refreshToken: tokenText })
const accessToken = {
  accessToken: tokenText,
  tokenType: { const: 'Bearer' },
  expiresIn: { ...whole(1, limits.accessTokenSeconds), description: 'Seconds.' },
}
const bothTokens = closed({
  ...accessToken,
  refreshToken: tokenText,
  refreshExpiresIn: { ...whole(0, limits.sessionAbsoluteHours * 3_600), description: 'Seconds.' },
})
const wantsRefresh = 'Whether a refresh token is wanted too.'

const tokens: readonly AuthEntry[] = [
  {
    method: 'post',
    path: 'token',
    name: 'token',
    summary: 'Get an access token, by the cookie or by e-mail and password',
    body: {
      ...credentials,
      properties: { email, password, refresh: { type: 'boolean', description: wantsRefresh } },
    },
    bodyOptional: true,
    success: {
      200: answer('A token of a few minutes.', {
        ...bothTokens,
        required: Object.keys(accessToken),
      }),
    },
    who: 'cookie',
  },
  {
    method: 'post',
    path: 'token/refresh',
    name: 'token.refresh',
    summary: 'Get the next tokens for a refresh token, which is good once',
    body: refreshBody,
    success: { 200: answer('The next tokens.', bothTokens) },
    who: 'anybody',
  },
  {
    method: 'post',
    path: 'token/revoke',
    name: 'token.revoke',
    summary: 'End the session of a refresh token',
    body: refreshBody,
    success: { 204: { description: 'It is good no more.' } },
    who: 'anybody',
  },
  {
    method: 'get',
    path: 'jwks.json',
    name: 'jwks',
    summary: 'The public keys of access tokens (RFC 7517)',
    success: {
      200: {
        description: 'The keys.',
        content: { 'application/jwk-set+json': { schema: { type: 'object' } } },
      },
    },
    who: 'anybody',
  },
]

/** An object that has all of these properties and no others. */
function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const required = Object.keys(properties)
  return { type: 'object', properties, required, additionalProperties: false }
}

function answer(description: string, schema: JsonSchema): Response {
  return { description, content: jsonContent(schema) }
}

function withCookie(description: string, schema?: JsonSchema): Response {
  return {
    description,
    headers: answerHeaders('Set-Cookie'),
    ...(schema !== undefined && { content: jsonContent(schema) }),
  }
}
