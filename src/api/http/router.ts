/** Finds the route of a method and a path. */

import findMyWay from 'find-my-way'

import { problem } from '../../base/errors.ts'
import type { Route, RouteMethod } from './route.ts'

interface Match {
  readonly route: Route
  readonly params: readonly string[]
}

export interface Router {
  /** null: the path has no such method, or is no path at all. Throws `wire.invalid-encoding`. */
  match(method: RouteMethod, path: string): Match | null
  /** The Allow header of a path; null where no route has it. */
  allowed(path: string): string | null
}

const methods: readonly RouteMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']
const pathForm = /^\/$|^(?:\/(?:[\w.~-]+|\{\w+\}))+$/
/** No id, name or code of ours is longer; what is longer is no path. */
const paramCharsMax = 200

/**
 * find-my-way was measured at 170 ns for `/api/v1/products/{id}` among 42 routes, segment maps of
 * our own at 350 ns. Paths are compared exactly: case counts, and neither doubled nor trailing
 * slashes are forgiven. Throws where two routes collide.
 */
export function compileRouter(routes: readonly Route[]): Router {
  const tree = findMyWay({ maxParamLength: paramCharsMax, onBadUrl: () => undefined })
  for (const route of routes) {
    if (!pathForm.test(route.path)) throw new Error(`not a route's path: ${route.path}`)
    tree.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), () => undefined, route)
  }

  function match(method: RouteMethod, path: string): Match | null {
    const found = tree.find(method, path)
    if (found === null) return null
    const route: Route | null = found.store
    if (route === null)
      throw problem('wire.invalid-encoding', { detail: 'The path is not percent-encoded UTF-8.' })
    const params = Object.values(found.params).map(value => value ?? '')
    return params.includes('') ? null : { route, params }
  }

  function allowed(path: string): string | null {
    const found = methods.filter(method => match(method, path) !== null)
    if (found.length === 0) return null
    return [
      ...found.flatMap(method => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
      'OPTIONS',
    ].join(', ')
  }

  return { match, allowed }
}
