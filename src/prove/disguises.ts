/** A request in other words: methods, paths and callers as some servers and proxies take them. */

import type { Request } from './http.ts'

/** Who the sender would like to be: proxies of others say so, and nobody here may listen. */
function claims(roles: readonly string[]): readonly Readonly<Record<string, string>>[] {
  const role = roles.at(-1) ?? 'admin'
  return [
    { 'x-user-role': role, 'x-role': role, 'x-roles': role, 'x-admin': 'true' },
    { 'x-forwarded-user': role, 'x-remote-user': role, 'x-authenticated-user': role },
    { 'x-original-method': 'GET', 'x-forwarded-host': 'localhost' },
  ]
}

const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const
const rewrites = ['x-original-url', 'x-rewrite-url'] as const

/** Each would run the same operation on a server that is fooled by it. */
export function disguised(plain: Request, roles: readonly string[]): readonly Request[] {
  const { method = 'GET', path, headers = {} } = plain
  const [target = '', query] = path.split('?')
  const asked = query === undefined ? '' : `?${query}`
  const last = target.slice(target.lastIndexOf('/') + 1)
  const encoded = `%${last.charCodeAt(0).toString(16)}${last.slice(1)}`
  const spellings = [
    `${target}/`,
    `/${target}`,
    `/.${target}`,
    `/health/..${target}`,
    target.replace('/api', '/API'),
    target.replace('/api/', '/api//'),
    target.slice(0, target.lastIndexOf('/') + 1) + encoded,
    `${target};a=b`,
    `${target}.json`,
    `${target}%20`,
    `${target}%00`,
  ]
  const carrier = method === 'GET' ? 'POST' : 'GET'
  return [
    ...claims(roles).map(claim => ({ ...plain, headers: { ...headers, ...claim } })),
    ...spellings.map(spelling => ({ ...plain, path: spelling + asked })),
    ...overrides.map(name => ({
      ...plain,
      method: 'POST',
      headers: { ...headers, [name]: method },
    })),
    { ...plain, method: 'POST', path: `${target}?_method=${method}` },
    ...rewrites.map(name => ({ path: '/', method, headers: { ...headers, [name]: path } })),
    { ...plain, method: carrier === 'POST' ? 'HEAD' : 'PUT' },
  ]
}
