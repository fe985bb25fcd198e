/** The cross-origin matrix: who may act for a cookie. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Problem } from '../../../src/base/errors.ts'
import { checkOrigin, checkSigningOrigin } from '../../../src/engine/identity/origin.ts'
import type { RequestOrigin } from '../../../src/engine/identity/origin.ts'

const own = 'https://shop.example'
const allowed = new Set([own, 'https://app.example'])

const base: RequestOrigin = {
  method: 'POST',
  cookie: true,
  origin: null,
  fetchSite: null,
  host: 'shop.example',
  secure: true,
}

interface Case {
  readonly says: string
  readonly request: Partial<RequestOrigin>
  readonly check: boolean
  readonly signing: boolean
}

const matrix: readonly Case[] = [
  { says: 'own origin', request: { origin: own }, check: true, signing: true },
  {
    says: 'allowed origin',
    request: { origin: 'https://app.example', fetchSite: 'cross-site' },
    check: true,
    signing: true,
  },
  {
    says: 'foreign origin',
    request: { origin: 'https://evil.example' },
    check: false,
    signing: false,
  },
  {
    says: 'foreign origin that ends like ours',
    request: { origin: 'https://evil-shop.example' },
    check: false,
    signing: false,
  },
  {
    says: 'our host without TLS',
    request: { origin: 'http://shop.example' },
    check: false,
    signing: false,
  },
  {
    says: 'our host on another port',
    request: { origin: 'https://shop.example:8443' },
    check: false,
    signing: false,
  },
  { says: 'origin null', request: { origin: 'null' }, check: false, signing: false },
  { says: 'same-origin fetch', request: { fetchSite: 'same-origin' }, check: true, signing: true },
  { says: 'the user himself', request: { fetchSite: 'none' }, check: true, signing: true },
  { says: 'sibling host', request: { fetchSite: 'same-site' }, check: false, signing: false },
  { says: 'cross-site fetch', request: { fetchSite: 'cross-site' }, check: false, signing: false },
  { says: 'a program that says nothing', request: {}, check: false, signing: true },
  {
    says: 'a plain local server',
    request: { secure: false, host: 'LOCALHOST:3000', origin: 'http://localhost:3000' },
    check: true,
    signing: true,
  },
  {
    says: 'another local server',
    request: { secure: false, host: 'localhost:3000', origin: 'http://localhost:4000' },
    check: false,
    signing: false,
  },
  {
    says: 'behind a proxy that ends TLS',
    request: { secure: false, host: 'shop.test', origin: 'https://shop.test' },
    check: true,
    signing: true,
  },
  {
    says: 'no host',
    request: { host: null, origin: 'https://null' },
    check: false,
    signing: false,
  },
]

for (const { says, request, check, signing } of matrix) {
  test(`${says}: ${check ? 'may' : 'may not'} act, ${signing ? 'may' : 'may not'} sign in`, () => {
    assert.equal(
      passes(() => checkOrigin({ ...base, ...request }, allowed)),
      check,
    )
    assert.equal(
      passes(() => checkSigningOrigin({ ...base, ...request }, allowed)),
      signing,
    )
  })
}

test('safe methods and bearer callers are free', () => {
  const foreign = { ...base, origin: 'https://evil.example', fetchSite: 'cross-site' }
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    checkOrigin({ ...foreign, method }, allowed)
  }
  checkOrigin({ ...foreign, cookie: false }, allowed)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    assert.equal(
      passes(() => checkOrigin({ ...foreign, method }, allowed)),
      false,
    )
  }
})

function passes(check: () => void): boolean {
  try {
    check()
    return true
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.equal(error.code, 'wire.cross-origin')
    return false
  }
}
