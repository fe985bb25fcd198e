/** The paths of `/auth`: from HTTP to the identity service and back. */

import { anonymous, type Caller } from '../../base/caller.ts'
import { problem } from '../../base/errors.ts'
import { isUuid } from '../../base/uuid.ts'
import type { SignedIn } from '../../engine/identity/accounts.ts'
import type { Identity, Tokens } from '../../engine/identity/identity.ts'
import { checkSigningOrigin } from '../../engine/identity/origin.ts'
import type { Client } from '../../engine/identity/sessions.ts'
import { countedFailure, limitExceeded, rateLimitHeaders } from '../../engine/limit/limiter.ts'
import type { Decision, Limiter } from '../../engine/limit/limiter.ts'
import type { PolicySet, PolicySets } from '../../engine/limit/policy.ts'
import { emptyAnswer, jsonAnswer } from '../http/route.ts'
import type { HttpAnswer, HttpRequest, Route, RouteMethod } from '../http/route.ts'
import type { SessionCookie } from './cookie.ts'
import { originOf } from './origin-guard.ts'

interface AuthRoutesOptions {
  readonly identity: Identity
  readonly limiter: Limiter
  readonly policies: Pick<PolicySets, 'ordinary' | 'authentication'>
  readonly cookie: SessionCookie
  /** As `originGuard` takes them. */
  readonly allowedOrigins: ReadonlySet<string>
}

type Handle = (request: HttpRequest) => Promise<HttpAnswer>

/** The routes to mount beside the API. The origin guard runs before them like before any other. */
export function authRoutes(options: AuthRoutesOptions): readonly Route[] {
  const { guessing, ordinary, byAddress } = counters(options)
  const signing = signingHandlers(options)
  const session = sessionHandlers(options)
  const token = tokenHandlers(options)
  const apiKey = apiKeyHandlers(options)
  return [
    route('POST', 'sign-up', 'sign-up', guessing(signing.signUp)),
    route('POST', 'sign-in', 'sign-in', guessing(signing.signIn)),
    route('POST', 'sign-out', 'sign-out', ordinary(signing.signOut)),
    route('POST', 'password', 'password', guessing(signing.password)),
    route('GET', 'me', 'me', ordinary(session.me)),
    route('GET', 'sessions', 'sessions', ordinary(session.list)),
    route('DELETE', 'sessions', 'sessions.end-others', ordinary(session.endOthers)),
    route('DELETE', 'sessions/{id}', 'sessions.end', ordinary(session.end)),
    route('POST', 'api-keys', 'api-keys.create', guessing(apiKey.create)),
    route('GET', 'api-keys', 'api-keys', ordinary(apiKey.list)),
    route('DELETE', 'api-keys', 'api-keys.revoke-all', ordinary(apiKey.revokeAll)),
    route('DELETE', 'api-keys/{id}', 'api-keys.revoke', ordinary(apiKey.revoke)),
    route('POST', 'token', 'token', guessing(token.issue)),
    route('POST', 'token/refresh', 'token.refresh', byAddress(token.refresh)),
    route('POST', 'token/revoke', 'token.revoke', byAddress(token.revoke)),
    route('GET', 'jwks.json', 'jwks', ordinary(token.jwks)),
  ]
}

function route(method: RouteMethod, path: string, name: string, handle: Handle): Route {
  return Object.freeze({
    method,
    path: `/auth/${path}`,
    operation: `auth.${name}`,
    surface: 'auth',
    handle,
  })
}

/** The guard of the rate limit around a handler. */
function counters({ identity, limiter, policies }: AuthRoutesOptions) {
  const taken = async (set: PolicySet, caller: Caller, address: string): Promise<Decision> => {
    const decision = await limiter.take(set, caller, address)
    if (!decision.allowed) throw limitExceeded(decision)
    return decision
  }
  const countedByAddress =
    (name: keyof typeof policies) =>
    (handle: Handle): Handle =>
    async request => {
      const decision = await taken(policies[name], anonymous, request.credentials.address)
      return withDecision(handle(request), decision)
    }
  return {
    /** What looks at a password may cost a hash and counts by address, whoever asks. */
    guessing: countedByAddress('authentication'),
    /** What names its session by itself: a token that came along and is over is no matter. */
    byAddress: countedByAddress('ordinary'),
    /** Anything else counts as a request to the API does. */
    ordinary:
      (handle: Handle): Handle =>
      async request => {
        const caller = await identity.identify(request.credentials)
        const decision = await taken(policies.ordinary, caller, request.credentials.address)
        return withDecision(handle(request), decision)
      },
  }
}

async function withDecision(answering: Promise<HttpAnswer>, decision: Decision) {
  try {
    const answer = await answering
    const headers = Object.entries(rateLimitHeaders(decision)).flat()
    return { ...answer, headers: [...answer.headers, ...headers] }
  } catch (error) {
    throw countedFailure(error, decision)
  }
}

/** What gives or takes the cookie. */
function signingHandlers({ identity, cookie, allowedOrigins }: AuthRoutesOptions) {
  /**
   * A browser that signs in leaves whatever session it had: a session planted in it beforehand is
   * of no use (fixation).
   */
  const enter = async (status: number, request: HttpRequest, entered: SignedIn) => {
    const before = request.credentials.cookie
    if (before !== null) await identity.signOut(before, clientOf(request))
    request.caller = { id: entered.user.id, apiKey: null }
    const { id, token, expiresAt } = entered.session
    const body = { user: entered.user, session: { id, expiresAt } }
    return jsonAnswer(status, body, ['set-cookie', cookie.give(token)])
  }
  return {
    signUp: async (request: HttpRequest) => {
      checkSigningOrigin(originOf(request), allowedOrigins)
      return enter(201, request, await identity.signUp(await request.json(), clientOf(request)))
    },
    signIn: async (request: HttpRequest) => {
      checkSigningOrigin(originOf(request), allowedOrigins)
      return enter(200, request, await identity.signIn(await request.json(), clientOf(request)))
    },
    signOut: async (request: HttpRequest) => {
      const { bearer, cookie: given } = request.credentials
      if (bearer !== null) {
        const caller = await identified(identity, request)
        await identity.endSession(caller, caller.session ?? '', clientOf(request))
        return emptyAnswer()
      }
      checkSigningOrigin(originOf(request), allowedOrigins)
      if (given !== null) await identity.signOut(given, clientOf(request))
      return emptyAnswer(['set-cookie', cookie.take])
    },
    password: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      const input = await request.json()
      const { token } = await identity.changePassword(input, caller, clientOf(request))
      // Who came with a bearer token keeps it: its session lives on.
      const byCookie = request.credentials.bearer === null
      return emptyAnswer(byCookie ? ['set-cookie', cookie.give(token)] : [])
    },
  } satisfies Record<string, Handle>
}

function sessionHandlers({ identity }: AuthRoutesOptions) {
  return {
    me: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      return jsonAnswer(200, { ...(await identity.account(caller)), session: caller.session })
    },
    list: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      const sessions = await identity.sessions(caller)
      const data = sessions.map(one => ({ ...one, current: one.id === caller.session }))
      return jsonAnswer(200, { data })
    },
    end: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      await identity.endSession(caller, idIn(request), clientOf(request))
      return emptyAnswer()
    },
    endOthers: async (request: HttpRequest) => {
      await identity.endOtherSessions(await identified(identity, request), clientOf(request))
      return emptyAnswer()
    },
  } satisfies Record<string, Handle>
}

function apiKeyHandlers({ identity }: AuthRoutesOptions) {
  return {
    create: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      const input = await request.json()
      const made = await identity.createApiKey(input, caller, clientOf(request))
      return jsonAnswer(201, made)
    },
    list: async (request: HttpRequest) => {
      const data = await identity.apiKeys(await identified(identity, request))
      return jsonAnswer(200, { data })
    },
    revoke: async (request: HttpRequest) => {
      const caller = await identified(identity, request)
      await identity.revokeApiKey(caller, idIn(request), clientOf(request))
      return emptyAnswer()
    },
    revokeAll: async (request: HttpRequest) => {
      await identity.revokeApiKeys(await identified(identity, request), clientOf(request))
      return emptyAnswer()
    },
  } satisfies Record<string, Handle>
}

function idIn({ params: [id = ''] }: HttpRequest): string {
  if (!isUuid(id)) throw problem('validate.id')
  return id
}

function tokenHandlers({ identity }: AuthRoutesOptions) {
  return {
    issue: async (request: HttpRequest) => {
      const input = await request.json()
      const tokens =
        input === undefined
          ? {
              access: await identity.issueToken(await cookieCaller(identity, request)),
              refresh: null,
            }
          : await identity.issueTokenFor(input, clientOf(request))
      return jsonAnswer(200, tokenBody(tokens))
    },
    refresh: async (request: HttpRequest) => {
      const input = await request.json()
      return jsonAnswer(200, tokenBody(await identity.refresh(input, clientOf(request))))
    },
    revoke: async (request: HttpRequest) => {
      await identity.revokeRefresh(await request.json(), clientOf(request))
      return emptyAnswer()
    },
    jwks: async () => {
      const body = JSON.stringify(await identity.publishedKeys())
      const headers = [
        'content-type',
        'application/jwk-set+json',
        'cache-control',
        'public, max-age=60',
      ]
      return { status: 200, headers, body }
    },
  } satisfies Record<string, Handle>
}

/** As OAuth 2.0 (RFC 6749, 5.1) says it, in our spelling. */
function tokenBody({ access, refresh }: Tokens): object {
  return {
    accessToken: access.token,
    tokenType: 'Bearer',
    expiresIn: access.expiresInSeconds,
    ...(refresh && {
      refreshToken: refresh.token,
      refreshExpiresIn: refresh.expiresInSeconds,
    }),
  }
}

async function identified(identity: Identity, request: HttpRequest): Promise<Caller> {
  const caller = await identity.identify(request.credentials)
  if (caller.kind !== 'user') throw problem('identify.required')
  request.caller = caller
  return caller
}

/** A token does not renew itself: that takes the cookie, or the password again. */
function cookieCaller(identity: Identity, request: HttpRequest): Promise<Caller> {
  const { bearer, cookie } = request.credentials
  if (bearer !== null || cookie === null) {
    const detail =
      'An access token is given for e-mail and password, for a refresh token at /auth/token/refresh, or for a session cookie.'
    throw problem('identify.required', { detail })
  }
  return identified(identity, request)
}

function clientOf(request: HttpRequest): Client {
  const { credentials, requestId } = request
  return { address: credentials.address, agent: request.header('user-agent'), requestId }
}
