/** What the backend says of itself: `/openapi.json`, and in development `/`. */

import { openApi } from '../emit/openapi/openapi.ts'
import { jsonAnswer, type Route } from '../api/http/route.ts'
import type { Model } from '../model/model.ts'

/** Made once. */
export function documentRoutes(model: Model): readonly Route[] {
  const answer = {
    status: 200,
    headers: ['content-type', 'application/json', 'cache-control', 'no-cache'],
    body: JSON.stringify(openApi(model)),
  }
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      operation: 'openapi',
      surface: 'service',
      handle: () => answer,
    },
  ]
}

/** Where to look, for whoever opens the address of the banner in a browser. */
export function indexRoute({ name }: Model, health: string): Route {
  const places = { api: '/api/v1', openapi: '/openapi.json', health }
  const answer = jsonAnswer(200, { name, ...places })
  return { method: 'GET', path: '/', operation: 'index', surface: 'service', handle: () => answer }
}
