/** What every command reads first: `.env`, the environment, the configuration. */

import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { type Config, ConfigError, readConfig } from '../run/config.ts'

/** Where a development backend keeps its database, secret and logs: below the current folder. */
const directory = '.mettle'

/**
 * Variables that are set win over `.env`, which production does not read. Ends the process when
 * something is faulty.
 */
export function configure(mode: Config['mode']): Config {
  if (mode === 'development' && existsSync('.env')) {
    for (const [name, value] of Object.entries(parseEnv(readFileSync('.env', 'utf8')))) {
      process.env[name] ??= value
    }
  }
  try {
    return readConfig(process.env, mode, directory)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return stop(error.message)
  }
}

/** Says why and ends with status 1. */
export function stop(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
