/** Declaring is light: `import 'mettle'` loads no driver and no HTTP library. */

import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'

test('a backend file loads declarations and pure built-ins only', async () => {
  const loaded = new Set<string>()
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      loaded.add(url)
      return nextLoad(url, context)
    },
  })
  try {
    await import('../../../examples/shop/backend.ts')
  } finally {
    hooks.deregister()
  }
  const root = new URL('../../../', import.meta.url).href
  const places = [...loaded].map(url => url.replace(root, ''))
  assert.ok(places.includes('src/index.ts'))
  const strangers = places.filter(
    place =>
      !/^(?:examples\/shop\/|src\/(?:index\.ts|base\/|declare\/|model\/))/.test(place) &&
      !/^node:(?:crypto|util|buffer)$/.test(place),
  )
  assert.deepEqual(strangers, [])
})
