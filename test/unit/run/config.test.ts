/** Settings are read from the environment, and every fault is named at once. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, limitStoreOf, publicUrlOf, readConfig } from '../../../src/run/config.ts'

const strong = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'

test('development needs no setting at all', () => {
  const config = readConfig({}, 'development', '.mettle')
  assert.equal(config.port, 3000)
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.databaseUrl, null)
  assert.equal(publicUrlOf(config), 'http://localhost:3000')
  assert.equal(config.logLevel, 'warn')
})

test('every fault is named at once', () => {
  const environment = {
    PORT: '70000',
    WORKERS: 'many',
    DATABASE_URL: 'mysql://localhost/x',
    PUBLIC_URL: 'https://api.example.com/v1',
    RATE_LIMIT: '0',
    RATE_LIMIT_STORE: 'memcached',
    REDIS_URL: 'localhost:6379',
    ALLOWED_ORIGINS: 'https://a.example.com, b',
    TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/33',
    METRICS_TOKEN: 'short',
    METRICS_PORT: '-1',
    ADMIN_PORT: 'nine',
    DENIED_NETWORKS: 'everybody',
    ADMIN_ALLOWED_NETWORKS: '10.0.0.0/8,',
    LOG_LEVEL: 'loud',
    METTLE_SECRET: 'secret',
  }
  assert.throws(
    () => readConfig(environment, 'production', '.mettle'),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(
        error.faults.map(fault => fault.name).toSorted(),
        Object.keys(environment).toSorted(),
      )
      assert.doesNotMatch(error.message, /mysql:\/\//)
      return true
    },
  )
})

const faultsOf = (environment: Record<string, string>) => {
  try {
    readConfig(environment, 'production', '.mettle')
    return []
  } catch (error) {
    return (error as ConfigError).faults.map(fault => fault.name)
  }
}

const DATABASE_URL = 'postgres://notes:password@db:5432/notes'
const safe = { METTLE_SECRET: strong, PUBLIC_URL: 'https://api.example.com', DATABASE_URL }

test('production refuses to start without a secret, and with a weak one', () => {
  assert.deepEqual(faultsOf({ ...safe, METTLE_SECRET: '' }), ['METTLE_SECRET'])
  assert.deepEqual(faultsOf({ ...safe, METTLE_SECRET: 'a'.repeat(64) }), ['METTLE_SECRET'])
  assert.deepEqual(faultsOf(safe), [])
})

test('production refuses to send sessions over http, except on one machine', () => {
  assert.deepEqual(faultsOf({ ...safe, PUBLIC_URL: '' }), ['PUBLIC_URL'])
  assert.deepEqual(faultsOf({ ...safe, PUBLIC_URL: 'http://api.example.com' }), ['PUBLIC_URL'])
  assert.deepEqual(faultsOf({ ...safe, PUBLIC_URL: 'http://localhost:8080' }), [])
  assert.deepEqual(faultsOf({ ...safe, PUBLIC_URL: '', HOST: '127.0.0.1' }), [])
})

test('a database that was forgotten is no embedded one in production', () => {
  const databaseOf = (url: string, mode: 'development' | 'production') =>
    readConfig({ ...safe, DATABASE_URL: url }, mode, '.mettle').databaseUrl
  assert.deepEqual(faultsOf({ ...safe, DATABASE_URL: '' }), ['DATABASE_URL'])
  assert.equal(databaseOf('embedded', 'production'), null)
  assert.equal(databaseOf('embedded', 'development'), null)
  const asked = (settings: { readonly DATABASE_URL?: string }) =>
    readConfig(settings, 'development', '.mettle').asksEmbedded
  assert.deepEqual([{ DATABASE_URL: 'embedded' }, { DATABASE_URL }, {}].map(asked), [
    true,
    false,
    false,
  ])
  assert.equal(databaseOf(DATABASE_URL, 'production'), DATABASE_URL)
})

test('/metrics wants a token that cannot be guessed, or none', () => {
  assert.deepEqual(faultsOf({ ...safe, METRICS_TOKEN: 'metrics' }), ['METRICS_TOKEN'])
  assert.deepEqual(faultsOf({ ...safe, METRICS_TOKEN: strong }), [])
})

test('listeners that are apart have ports of their own', () => {
  const ports = (PORT: string, ADMIN_PORT: string, METRICS_PORT: string) =>
    faultsOf({ ...safe, PORT, ADMIN_PORT, METRICS_PORT })
  assert.deepEqual(ports('3000', '3001', '3002'), [])
  assert.deepEqual(ports('0', '0', '0'), [])
  assert.deepEqual(ports('3000', '3000', '3001'), ['ADMIN_PORT'])
  assert.deepEqual(ports('3000', '3001', '3001'), ['METRICS_PORT'])
})

test('limits are kept in Redis where there is one, unless something else is said', () => {
  const storeOf = (environment: Record<string, string>) =>
    limitStoreOf(readConfig({ ...safe, ...environment }, 'production', '.mettle'))
  const REDIS_URL = 'rediss://user:password@redis.example:6380/1'
  assert.equal(storeOf({}), 'node')
  assert.equal(storeOf({ REDIS_URL }), 'redis')
  assert.equal(storeOf({ REDIS_URL, RATE_LIMIT_STORE: 'postgres' }), 'postgres')
  assert.deepEqual(faultsOf({ ...safe, RATE_LIMIT_STORE: 'redis' }), ['RATE_LIMIT_STORE'])
})

test('a setting may come from a file, but not from both', t => {
  const folder = mkdtempSync(join(tmpdir(), 'mettle-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, `${strong}\n`)
  assert.equal(
    readConfig({ ...safe, METTLE_SECRET: '', METTLE_SECRET_FILE: file }, 'production', '.').secret,
    strong,
  )
  assert.throws(
    () => readConfig({ METTLE_SECRET_FILE: file, METTLE_SECRET: strong }, 'production', '.'),
    /METTLE_SECRET: is given twice/,
  )
  assert.throws(
    () => readConfig({ METTLE_SECRET_FILE: `${file}.none` }, 'production', '.'),
    /METTLE_SECRET_FILE: cannot be read/,
  )
})
