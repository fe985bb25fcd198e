/** `mettle client`: writes a standalone typed client of a backend to a file. */

import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { clientModules, emitClientFile } from '../emit/client/file.ts'
import { buildModel } from '../model/build.ts'
import { loadBackendFile } from '../run/backend-file.ts'
import { explainRefusal } from '../run/refusal.ts'
import { print, stop } from './environment.ts'

interface ClientCommandOptions {
  /** Printed where it is not given. */
  readonly output?: string
}

/** Two folders up, both in the sources and in the package. */
const packageRoot = new URL('../../', import.meta.url)

export async function writeClient(
  backend: string,
  { output }: ClientCommandOptions,
): Promise<void> {
  try {
    const model = buildModel(await loadBackendFile(resolve(backend)))
    const sources = clientModules.map(path => readFileSync(new URL(path, packageRoot), 'utf8'))
    const text = emitClientFile(model, sources)
    if (output === undefined) return print(text.trimEnd())
    writeFileSync(output, text)
    print(`${output} is the client of ${model.name}.`)
  } catch (error) {
    stop(explainRefusal(error, backend))
  }
}
