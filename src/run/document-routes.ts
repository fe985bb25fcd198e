/** `/openapi.json`, made once. */

import { openApi } from '../emit/openapi/openapi.ts'
import type { Route } from '../api/http/route.ts'
import type { Model } from '../model/model.ts'

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
