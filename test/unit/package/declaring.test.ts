/** What an import loads: `mettle` and `mettle/client` bring no driver and no HTTP library. */

import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { test } from 'node:test'

/** What an import loads for the first time, from the root of the repository. */
async function loadedBy(load: () => Promise<unknown>): Promise<readonly string[]> {
  const loaded = new Set<string>()
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      loaded.add(url)
      return nextLoad(url, context)
    },
  })
  try {
    await load()
  } finally {
    hooks.deregister()
  }
  const root = new URL('../../../', import.meta.url).href
  return [...loaded].map(url => url.replace(root, ''))
}

test('a client loads its own modules and nothing else', async () => {
  const places = await loadedBy(() => import('mettle/client'))
  assert.ok(places.includes('src/client/index.ts'))
  assert.deepEqual(
    places.filter(place => !place.startsWith('src/client/')),
    [],
  )
})

test('a backend file loads declarations and pure built-ins only', async () => {
  const places = await loadedBy(() => import('../../../examples/shop/backend.ts'))
  assert.ok(places.includes('src/index.ts'))
  const strangers = places.filter(
    place =>
      !/^(?:examples\/shop\/|src\/(?:index\.ts|base\/|declare\/|model\/))/.test(place) &&
      !/^node:(?:crypto|util|buffer)$/.test(place),
  )
  assert.deepEqual(strangers, [])
})
