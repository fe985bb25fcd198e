/** What the backend says of itself: `/openapi.json`, `/docs`, and in development `/`. */

import { openApi } from '../emit/openapi/openapi.ts'
import { type HttpAnswer, jsonAnswer, type Route } from '../api/http/route.ts'
import { collectionOf } from '../emit/collection/collection.ts'
import { referencePage } from '../emit/reference/page.ts'
import type { Model } from '../model/model.ts'

/** `url` is where callers reach the backend. Each is made when it is first asked for, and once. */
export function documentRoutes(model: Model, url: string): readonly Route[] {
  const document = once(() => openApi(model))
  return [
    documentRoute('/openapi.json', 'openapi', () => jsonFile(document())),
    documentRoute('/collection.json', 'collection', () => jsonFile(collectionOf(document(), url))),
    documentRoute('/docs', 'docs', () => {
      const { html, policy } = referencePage(document())
      return { ...file('text/html; charset=utf-8', html), policy }
    }),
  ]
}

function documentRoute(path: string, operation: string, make: () => HttpAnswer): Route {
  return { method: 'GET', path, operation, surface: 'service', handle: once(make) }
}

function jsonFile(value: object): HttpAnswer {
  return file('application/json', JSON.stringify(value))
}

function file(type: string, body: string): HttpAnswer {
  return { status: 200, headers: ['content-type', type, 'cache-control', 'no-cache'], body }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

/** Where to look, for whoever opens the address of the banner in a browser. */
export function indexRoute({ name }: Model, health: string, docs: 'on' | 'off'): Route {
  const documents = docs === 'on' ? { docs: '/docs', openapi: '/openapi.json' } : {}
  const places = { api: '/api/v1', ...documents, health }
  const answer = jsonAnswer(200, { name, ...places })
  return { method: 'GET', path: '/', operation: 'index', surface: 'service', handle: () => answer }
}
