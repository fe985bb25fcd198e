/** Unpacks a package and what it depends on into a folder: `node unpack.ts <order as JSON>`. */

import {
  chmodSync,
  globSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { answers, launcherOf } from './obtain.ts'
import type { Program } from './programs.ts'
import { runProgram } from './run-program.ts'

interface Order {
  readonly program: Program
  readonly folder: string
}

/** Of a command that failed: the reason stands at the end. */
const outputLinesMax = 12

const order: Order = JSON.parse(process.argv[2]!)
try {
  await unpack(order)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

/** Whoever held the lock before may have done it. */
async function unpack({ program, folder }: Order): Promise<void> {
  const launcher = launcherOf(program, folder)
  if (await answers(launcher)) return
  const root = dirname(launcher)
  const part = `${root}.part`
  rmSync(part, { recursive: true, force: true })
  rmSync(root, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const archives = await download(program.package, join(folder, 'apt'))
  for (const archive of archives) await demand(['dpkg', '--extract', archive, part])
  rmSync(dirname(archives[0]!), { recursive: true, force: true })
  renameSync(part, root)
  if (program.fonts === true) writeFileSync(join(root, 'fonts.conf'), fontSettings(root))
  writeFileSync(launcher, launcherText(program, root))
  chmodSync(launcher, 0o755)
  if (await answers(launcher)) return
  const { output } = await runProgram([launcher, '--version'])
  throw new Error(`${launcher} does not run: ${output}`)
}

/**
 * The package and those of its dependencies that the machine does not have. Lists of packages of
 * our own: the machine's may be missing, old or not ours to write.
 */
async function download(name: string, apt: string): Promise<readonly string[]> {
  const archives = join(apt, 'archives')
  rmSync(archives, { recursive: true, force: true })
  for (const folder of [join(apt, 'lists'), archives]) {
    mkdirSync(join(folder, 'partial'), { recursive: true })
  }
  const settings = {
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::Cache': apt,
    'Dir::Cache::archives': archives,
    // Nothing of the system is written, so its locks are not needed.
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': userInfo().username,
    'Acquire::Retries': '5',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  await demand(['apt-get', ...options, '--quiet', 'update'])
  const wanted = ['--download-only', '--reinstall', '--no-install-recommends', '--yes', name]
  await demand(['apt-get', ...options, '--quiet', 'install', ...wanted])
  const found = readdirSync(archives).filter(file => file.endsWith('.deb'))
  if (found.length === 0) throw new Error(`apt-get downloaded nothing for ${name}`)
  return found.map(file => join(archives, file))
}

async function demand(command: readonly string[]): Promise<void> {
  const { status, output } = await runProgram(command)
  if (status === 0) return
  const last = output.trim().split('\n').slice(-outputLinesMax).join('\n')
  throw new Error(`${command.join(' ')} failed:\n${last}`)
}

/** Some packages keep private libraries one folder deeper. */
function launcherText(program: Program, root: string): string {
  const found = globSync(
    ['{usr/,}lib/*-linux-gnu*/lib*.so*', '{usr/,}lib/*-linux-gnu*/*/lib*.so*'],
    {
      cwd: root,
    },
  )
  const libraries = [...new Set(found.map(file => join(root, dirname(file))))].toSorted()
  const search = `'${libraries.join(':')}'"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`
  return [
    '#!/bin/sh',
    ...(libraries.length > 0 ? [`export LD_LIBRARY_PATH=${search}`] : []),
    ...(program.fonts === true ? [`export FONTCONFIG_FILE='${join(root, 'fonts.conf')}'`] : []),
    `exec '${join(root, program.path)}' "$@"`,
    '',
  ].join('\n')
}

function fontSettings(root: string): string {
  const folders = [join(root, 'usr/share/fonts'), '/usr/share/fonts']
  return [
    '<?xml version="1.0"?>',
    '<fontconfig>',
    ...folders.map(folder => `<dir>${folder}</dir>`),
    `<cachedir>${join(root, 'font-cache')}</cachedir>`,
    '</fontconfig>',
    '',
  ].join('\n')
}
