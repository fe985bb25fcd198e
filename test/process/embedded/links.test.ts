/** The links to libraries that a package lacks, made by starts at the same moment. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { linkFolders } from '../../../src/adapters/postgres/embedded/binaries.ts'
import { scratchFolder } from './support.ts'

interface Places {
  readonly native: string
  readonly links: string
}

if (isMainThread) {
  test('are there from the first moment on, whoever else makes them', async context => {
    const folder = scratchFolder(context)
    const [native, links] = [join(folder, 'native'), join(folder, 'links')]
    mkdirSync(join(native, 'lib'), { recursive: true })
    writeFileSync(join(native, 'lib/one.so.1'), '')
    const list = [{ source: 'native/lib/one.so.1', target: 'native/lib/one.so' }]
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(list))
    const places: Places = { native, links }
    const workers = [1, 2, 3].map(
      () => new Worker(new URL(import.meta.url), { workerData: places }),
    )
    const codes = await Promise.all(workers.map(worker => once(worker, 'exit')))
    assert.deepEqual(codes, [[0], [0], [0]])
    assert.deepEqual(readdirSync(links), ['one.so'])
  })
} else {
  const { native, links }: Places = workerData
  for (let turn = 0; turn < 500; turn++) {
    linkFolders(native, links)
    assert.ok(existsSync(join(links, 'one.so')))
  }
}
