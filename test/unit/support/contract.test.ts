/** The contract that every answer of the test suite is held to: a wrong one is found. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import { contractOf, type Received } from '../../support/contract.ts'
import { gallery } from '../../support/gallery.ts'

const contract = contractOf(openApi(buildModel(gallery)))
const id = '0190c5f0-5f9c-7000-8000-0123456789ab'
const row = {
  id,
  version: 1,
  createdAt: '2026-01-31T08:00:00.000Z',
  updatedAt: '2026-01-31T08:00:00.000Z',
  name: 'East',
}
const right = {
  method: 'GET',
  path: `/api/v1/rooms/${id}?fields=name`,
  status: 200,
  headers: { 'content-type': 'application/json', 'x-request-id': id, 'x-other': 'fine' },
  text: JSON.stringify(row),
} satisfies Received
const refusal = {
  type: 'urn:mettle:problem:run.not-found',
  title: 'Not found',
  status: 404,
  code: 'run.not-found',
  hint: 'Look.',
  requestId: id,
}
const problem = { ...right.headers, 'content-type': 'application/problem+json' }
const created = { ...right, method: 'POST', path: '/api/v1/works', status: 201 }

const kept: Readonly<Record<string, Received>> = {
  'a row': right,
  'a HEAD': { ...right, method: 'HEAD', text: '' },
  'a 304': { ...right, status: 304, headers: { 'x-request-id': id }, text: '' },
  'a refusal': { ...right, status: 404, headers: problem, text: JSON.stringify(refusal) },
  'a refusal where nothing is': {
    ...right,
    path: '/api/v1/none',
    status: 404,
    headers: problem,
    text: JSON.stringify(refusal),
  },
  'a row that its maker may not read': { ...created, headers: { 'x-request-id': id }, text: '' },
  'a path of operators': { ...right, path: '/metrics', text: 'metrics' },
}

const broken: Readonly<Record<string, readonly [wrong: Received, told: RegExp]>> = {
  'a status': [{ ...right, status: 202 }, /rooms\.read has no status 202/],
  'a content type': [
    { ...right, headers: { ...right.headers, 'content-type': 'text/html' } },
    /content type text\/html/,
  ],
  'a member that is not described': [
    { ...right, text: JSON.stringify({ ...row, secret: 'x' }) },
    /additional properties.*secret/,
  ],
  'a value out of bounds': [
    { ...right, text: JSON.stringify({ ...row, version: 'one' }) },
    /\/version must be integer/,
  ],
  'a header that is missing': [
    { ...right, headers: { 'content-type': 'application/json' } },
    /X-Request-Id is missing/,
  ],
  'a header of another form': [
    { ...right, headers: { ...right.headers, 'x-request-id': 'a b' } },
    /X-Request-Id must match pattern/,
  ],
  'a body where none belongs': [{ ...right, status: 304 }, /a body where none belongs/],
  'a problem that lacks its code': [
    {
      ...right,
      status: 404,
      headers: problem,
      text: JSON.stringify({ ...refusal, code: undefined }),
    },
    /required property 'code'/,
  ],
  'a header that is no number': [
    {
      ...right,
      method: 'POST',
      path: '/api/v1/hang',
      status: 409,
      headers: { ...problem, 'retry-after': 'soon' },
      text: JSON.stringify({ ...refusal, status: 409 }),
    },
    /Retry-After must be integer/,
  ],
  'success where nothing is described': [
    { ...right, path: '/api/v1/none' },
    /no such operation, and it answered 200/,
  ],
  'a failure of ours where nothing is described': [
    { ...right, path: '/api/v1/none', status: 500, headers: problem, text: '{}' },
    /no such operation, and it answered 500/,
  ],
}

for (const [what, received] of Object.entries(kept)) {
  test(`${what} is kept`, () => assert.deepEqual(contract.breaches(received), []))
}

for (const [what, [wrong, told]] of Object.entries(broken)) {
  test(`${what} is found`, () => assert.throws(() => contract.assertKept(wrong), told))
}
