/** The backend of docs/LIMITS.md, and what its callers are told: as the page says it. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Backend } from 'mettle'

import { buildModel } from '../../../src/model/build.ts'
import { readConfig } from '../../../src/run/config.ts'
import { createNode } from '../../../src/run/node.ts'
import { readPage, root } from '../../support/markdown.ts'
import { migratedDatabase } from '../../support/model.ts'
import { callsOf, matches, runCalls } from './session.ts'

const page = readPage('docs/LIMITS.md')
const folder = mkdtempSync(join(tmpdir(), 'mettle-limits-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const stopping: { stop(): Promise<void> }[] = []
after(() => Promise.all(stopping.map(each => each.stop())))

async function declared(): Promise<Backend> {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules', 'mettle'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const file = join(folder, 'backend.ts')
  writeFileSync(file, page.blocks.find(({ language }) => language === 'ts')!.text)
  return ((await import(pathToFileURL(file).href)) as { readonly default: Backend }).default
}

const model = buildModel(await declared())
const { url: databaseUrl } = await migratedDatabase(model)
const config = readConfig({ PORT: '0' }, 'development', '/nonexistent')
const secret = 'the secret of a test, which guards nothing at all'
const node = createNode({ model, config, databaseUrl, secret, observe() {}, routes: [] })
stopping.push(node)
await node.start()
const calls = await runCalls(callsOf(page), node.port!)

for (const { line, printed, expected } of calls) {
  test(`the call at line ${line} answers what stands behind it`, () => {
    assert.ok(expected !== null && matches(printed, expected), printed)
  })
}
