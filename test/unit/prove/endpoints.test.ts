/** Every path of a model as data, its callers, and the places in it that take texts. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildModel } from '../../../src/model/build.ts'
import { disguised } from '../../../src/prove/disguises.ts'
import {
  endpointsOf,
  endpointWish,
  requestFor,
  stepFor,
} from '../../../src/prove/model/endpoints.ts'
import { restRoutes } from '../../../src/api/rest/routes.ts'
import { gallery } from '../../support/gallery.ts'

const model = buildModel(gallery)
const endpoints = endpointsOf(model)
const named = (name: string) => endpoints.find(each => each.name === name)!
const editor = { id: '00000000-0000-4000-8000-00000000000e', roles: ['editor'] }
const nobody = { id: null, roles: [] }

test('no route of the API is left out, and none is invented', () => {
  const routes = restRoutes(model, () => Promise.reject(new Error('not called')))
  const told = (each: { readonly method: string; readonly path: string }) =>
    `${each.method} ${each.path}`
  assert.deepEqual(endpoints.map(told).toSorted(), routes.map(told).toSorted())
})

test('who may is known from all rules together', () => {
  assert.notEqual(endpointWish(model, named('rooms.create'), editor), null)
  assert.equal(endpointWish(model, named('rooms.create'), nobody), null)
  assert.equal(endpointWish(model, named('rooms.delete'), editor), null, 'nobody may')
  assert.equal(endpointWish(model, named('hang'), nobody), null)
})

test('an endpoint is one request, or one step of a batch', () => {
  const update = named('works.update')
  assert.deepEqual(requestFor(update, '7', { title: 'a' }), {
    method: 'PATCH',
    path: '/api/v1/works/7',
    body: { title: 'a' },
  })
  assert.deepEqual(stepFor(update, '7', { title: 'a' }), {
    operation: 'works.update',
    id: '7',
    input: { title: 'a' },
  })
  const busiest = requestFor(named('busiest'), '', { from: '2026-01-31' })
  assert.deepEqual(busiest, { method: 'GET', path: '/api/v1/busiest?from=2026-01-31' })
})

test('a disguise is never the plain request again', () => {
  const plain = { method: 'DELETE', path: '/api/v1/rooms/7', headers: { authorization: 'a' } }
  const all = disguised(plain, ['editor']).map(each => JSON.stringify(each))
  assert.equal(new Set(all).size, all.length)
  assert.ok(!all.includes(JSON.stringify(plain)))
})
