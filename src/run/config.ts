/** Typed configuration from the environment: read once at start, every fault named at once. */

import { readFileSync } from 'node:fs'
import { parseNetwork } from '../api/http/networks.ts'
import { isSetting, type SettingName, settingNames } from '../base/settings.ts'
import { suggestion } from '../model/suggest.ts'

export interface Config {
  readonly mode: 'development' | 'production'
  readonly host: string
  readonly port: number
  /** Null: the embedded PostgreSQL under `directory`, which production has to ask for. */
  readonly databaseUrl: string | null
  /** Whether DATABASE_URL asks for the embedded PostgreSQL, and was not only left out. */
  readonly asksEmbedded: boolean
  /** Null in development: one is made and kept under `directory`. */
  readonly secret: string | null
  readonly workers: number
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  /** Where callers reach the service, if it was said; `publicUrlOf` also knows when not. */
  readonly publicUrl: string | null
  /** Other origins whose cookie callers are accepted. */
  readonly allowedOrigins: readonly string[]
  /** Addresses and blocks of proxies whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[]
  /** Who may come in; everybody whom nothing denies where nobody is named. */
  readonly allowedNetworks: readonly string[]
  readonly deniedNetworks: readonly string[]
  /** Where health and metrics are answered, and nowhere else; null: where everything is. */
  readonly adminPort: number | null
  readonly adminHost: string
  readonly adminAllowedNetworks: readonly string[]
  readonly adminDeniedNetworks: readonly string[]
  /** Where /metrics is answered, and nowhere else; null: with the health. */
  readonly metricsPort: number | null
  readonly metricsHost: string
  readonly metricsAllowedNetworks: readonly string[]
  readonly metricsDeniedNetworks: readonly string[]
  /** Null: /metrics answers callers of this machine only. */
  readonly metricsToken: string | null
  /** Null: there is no Redis. */
  readonly redisUrl: string | null
  /** Where the buckets of the limits are; null: in Redis where there is one, else in this node. */
  readonly rateLimitStore: LimitStore | null
  /** Requests in `limits.rateWindowSeconds` for one caller; null: as the backend declares. */
  readonly rateLimit: number | null
  /** What every quota is multiplied by, declared or not. */
  readonly rateLimitFactor: number
  /** Whether `/docs`, `/openapi.json` and `/collection.json` are there. */
  readonly docs: 'on' | 'off'
  /** The folder of everything that the development mode keeps. */
  readonly directory: string
}

/** `node`: each machine counts for itself. */
const limitStores = ['node', 'postgres', 'redis'] as const
export type LimitStore = (typeof limitStores)[number]

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
type LogLevel = (typeof logLevels)[number]

/** For a person, for any collector, and in the names of the Elastic Common Schema. */
const logFormats = ['text', 'json', 'ecs'] as const
type LogFormat = (typeof logFormats)[number]

/** A faulty setting: what it is called and what would be right. */
interface ConfigFault {
  readonly name: string
  readonly message: string
}

export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(fault => `  ${fault.name}: ${fault.message}`)
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** Settings where no others may stand. */
export type Settings = Readonly<Partial<Record<SettingName | `${SettingName}_FILE`, string>>>

type Environment = Readonly<Record<string, string | undefined>>

const secretCharsMin = 32
const secretSymbolsMin = 10

/** Reads and checks the whole configuration. Throws one `ConfigError` that names every fault. */
export function readConfig(
  environment: Environment,
  mode: Config['mode'],
  directory: string,
): Config {
  const faults: ConfigFault[] = []
  const read = <T>(name: SettingName, absent: T, parse: (text: string) => T): T => {
    const text = fromFileOrText(environment, name, faults)
    if (text === null) return absent
    try {
      return parse(text)
    } catch (error) {
      faults.push({ name, message: error instanceof Error ? error.message : String(error) })
      return absent
    }
  }

  const database = read('DATABASE_URL', null as string | null, databaseUrl)
  const config: Config = {
    mode,
    host: read('HOST', mode === 'development' ? '127.0.0.1' : '0.0.0.0', text => text),
    port: read('PORT', 3000, portNumber),
    databaseUrl: database === embedded ? null : database,
    asksEmbedded: database === embedded,
    secret: read('METTLE_SECRET', null as string | null, secret),
    workers: read('WORKERS', 1, text => wholeNumber(text, 1, 256)),
    logLevel: read('LOG_LEVEL', quietest[mode], text => oneOf(text, logLevels)),
    logFormat: read('LOG_FORMAT', usualFormat[mode], text => oneOf(text, logFormats)),
    publicUrl: read('PUBLIC_URL', null as string | null, origin),
    allowedOrigins: read('ALLOWED_ORIGINS', [] as readonly string[], text =>
      text.split(',').map(part => origin(part.trim())),
    ),
    trustedProxies: read('TRUSTED_PROXIES', nowhere, networks),
    allowedNetworks: read('ALLOWED_NETWORKS', nowhere, networks),
    deniedNetworks: read('DENIED_NETWORKS', nowhere, networks),
    adminPort: read('ADMIN_PORT', null as number | null, portNumber),
    adminHost: read('ADMIN_HOST', '127.0.0.1', text => text),
    adminAllowedNetworks: read('ADMIN_ALLOWED_NETWORKS', nowhere, networks),
    adminDeniedNetworks: read('ADMIN_DENIED_NETWORKS', nowhere, networks),
    metricsPort: read('METRICS_PORT', null as number | null, portNumber),
    metricsHost: read('METRICS_HOST', '127.0.0.1', text => text),
    metricsAllowedNetworks: read('METRICS_ALLOWED_NETWORKS', nowhere, networks),
    metricsDeniedNetworks: read('METRICS_DENIED_NETWORKS', nowhere, networks),
    metricsToken: read('METRICS_TOKEN', null as string | null, secret),
    redisUrl: read('REDIS_URL', null as string | null, redisUrl),
    rateLimitStore: read('RATE_LIMIT_STORE', null as LimitStore | null, text =>
      oneOf(text, limitStores),
    ),
    rateLimit: read('RATE_LIMIT', null as number | null, text =>
      wholeNumber(text, 1, 1_000_000_000),
    ),
    rateLimitFactor: read('RATE_LIMIT_FACTOR', 1, text => wholeNumber(text, 1, 1_000_000_000)),
    docs: read('DOCS', 'on', text => oneOf(text, ['on', 'off'])),
    directory,
  }
  if (config.rateLimitStore === 'redis' && config.redisUrl === null) {
    const message = 'redis needs REDIS_URL, like redis://user:password@host:6379/0'
    faults.push({ name: 'RATE_LIMIT_STORE', message })
  }
  faults.push(...samePorts(config))
  if (mode === 'production') {
    const named = new Set(faults.map(({ name }) => name.replace(/_FILE$/, '')))
    const all = [...withoutDatabase(database, directory), ...unsafe(config)]
    faults.push(...all.filter(({ name }) => !named.has(name)))
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return Object.freeze(config)
}

/** Throws a `ConfigError` that names every key that is no setting: it would have no effect. */
export function checkSettingNames(settings: Environment): void {
  const faults = Object.keys(settings)
    .filter(key => !isSetting(key))
    .map(name => ({ name, message: `is no setting${suggestion(name, settingNames)}` }))
  if (faults.length > 0) throw new ConfigError(faults)
}

/**
 * Where callers reach the service: decides cookie flags, token issuer and allowed origin. Without
 * PUBLIC_URL it is this machine.
 */
export function publicUrlOf({ publicUrl, port }: Pick<Config, 'publicUrl' | 'port'>): string {
  return publicUrl ?? `http://localhost:${port}`
}

/** Where the buckets of the limits are. */
export function limitStoreOf(config: Pick<Config, 'rateLimitStore' | 'redisUrl'>): LimitStore {
  return config.rateLimitStore ?? (config.redisUrl === null ? 'node' : 'redis')
}

/** In development a person reads along, and only what is wrong should catch the eye. */
const quietest: Readonly<Record<Config['mode'], LogLevel>> = {
  development: 'warn',
  production: 'info',
}

const usualFormat: Readonly<Record<Config['mode'], LogFormat>> = {
  development: 'text',
  production: 'json',
}

/** What stands in place of the URL of a server. */
const embedded = 'embedded'

/**
 * Where the setting is only forgotten, a server with an empty database would look like success, and
 * in a container its data would be gone with the next version.
 */
function withoutDatabase(given: string | null, directory: string): ConfigFault[] {
  if (given !== null) return []
  const message = `is needed in production: the URL of a server, like postgres://user:password@host:5432/database, or \`${embedded}\` for a PostgreSQL of its own on this machine, with its data in ${directory}/postgres`
  return [{ name: 'DATABASE_URL', message }]
}

const local = new Set(['localhost', '127.0.0.1', '::1', '[::1]'])

/** What works but must not serve others. */
function unsafe({ secret: given, publicUrl, host }: Config): ConfigFault[] {
  const faults: ConfigFault[] = []
  if (given === null) {
    const message = `is needed in production: set it (or METTLE_SECRET_FILE) to at least ${secretCharsMin} random characters, for example from \`openssl rand -base64 48\``
    faults.push({ name: 'METTLE_SECRET', message })
  }
  if (publicUrl === null && !local.has(host)) {
    const message = `is needed when HOST (${host}) is open to other machines: the origin that callers use, like https://api.example.com`
    faults.push({ name: 'PUBLIC_URL', message })
  }
  if (publicUrl?.startsWith('http:') && !local.has(new URL(publicUrl).hostname)) {
    const message = 'must be https: over http, passwords and sessions can be read on the way'
    faults.push({ name: 'PUBLIC_URL', message })
  }
  return faults
}

/** A listener that is to be apart must not stand in the way of another. */
function samePorts({ port, adminPort, metricsPort }: Config): ConfigFault[] {
  const taken = new Map([[port, 'PORT']])
  const faults: ConfigFault[] = []
  for (const [name, own] of [
    ['ADMIN_PORT', adminPort] as const,
    ['METRICS_PORT', metricsPort] as const,
  ]) {
    const other = own === null || own === 0 ? undefined : taken.get(own)
    if (other !== undefined) {
      const message = `is ${other} too: give it a port of its own, or leave it out`
      faults.push({ name, message })
    } else if (own !== null) taken.set(own, name)
  }
  return faults
}

/** `NAME`, or the content of the file that `NAME_FILE` names. An empty text counts as absent. */
function fromFileOrText(
  environment: Environment,
  name: string,
  faults: ConfigFault[],
): string | null {
  const text = environment[name]
  const file = environment[`${name}_FILE`]
  if (text !== undefined && text !== '' && file !== undefined && file !== '') {
    faults.push({ name, message: `is given twice, as ${name} and as ${name}_FILE: keep one` })
  }
  if (text !== undefined && text !== '') return text
  if (file === undefined || file === '') return null
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    faults.push({ name: `${name}_FILE`, message: `cannot be read: ${String(error)}` })
    return null
  }
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Error(`must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`)
  }
  return value
}

function oneOf<T extends string>(text: string, values: readonly T[]): T {
  const found = values.find(value => value === text)
  if (found === undefined) {
    throw new Error(`must be one of ${values.join(', ')}, not ${JSON.stringify(text)}`)
  }
  return found
}

function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isOrigin =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === ''
  if (!isOrigin) {
    throw new Error(`must be an origin like https://api.example.com, not ${JSON.stringify(text)}`)
  }
  return url.origin
}

const nowhere: readonly string[] = Object.freeze([])

function networks(text: string): readonly string[] {
  const parts = text.split(',').map(part => part.trim())
  for (const part of parts) parseNetwork(part)
  return parts
}

function portNumber(text: string): number {
  return wholeNumber(text, 0, 65_535)
}

function databaseUrl(text: string): string {
  if (text === embedded) return text
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new Error(`must be like postgres://user:password@host:5432/database, or ${embedded}`)
  }
  return text
}

function redisUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') {
    throw new Error('must be like redis://user:password@host:6379/0, or rediss: with TLS')
  }
  return text
}

function secret(text: string): string {
  if (text.length < secretCharsMin || new Set(text).size < secretSymbolsMin) {
    throw new Error(
      `is too weak: give at least ${secretCharsMin} random characters, for example from \`openssl rand -base64 48\``,
    )
  }
  return text
}
