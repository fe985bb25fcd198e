import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ConfigError, readConfig } from '../../../src/run/config.ts'

const strong = 'q8Zr2Lw0Yx7Vb5Nc3Md1Kf9Jg6Hh4Tt_'

test('development needs no setting at all', () => {
  const config = readConfig({}, 'development', '.mettle')
  assert.equal(config.port, 3000)
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.databaseUrl, null)
  assert.equal(config.publicUrl, 'http://localhost:3000')
})

test('every fault is named at once', () => {
  const environment = {
    PORT: '70000',
    WORKERS: 'many',
    DATABASE_URL: 'mysql://localhost/x',
    PUBLIC_URL: 'https://api.example.com/v1',
    LOG_LEVEL: 'loud',
    METTLE_SECRET: 'secret',
  }
  assert.throws(
    () => readConfig(environment, 'production', '.mettle'),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.deepEqual(error.faults.map(fault => fault.name).sort(), Object.keys(environment).sort())
      assert.doesNotMatch(error.message, /mysql:\/\//)
      return true
    },
  )
})

test('production refuses to start without a secret, and with a weak one', () => {
  const faultsOf = (environment: Record<string, string>) => {
    try {
      readConfig(environment, 'production', '.mettle')
      return []
    } catch (error) {
      return (error as ConfigError).faults.map(fault => fault.name)
    }
  }
  assert.deepEqual(faultsOf({}), ['METTLE_SECRET'])
  assert.deepEqual(faultsOf({ METTLE_SECRET: 'a'.repeat(64) }), ['METTLE_SECRET'])
  assert.deepEqual(faultsOf({ METTLE_SECRET: strong }), [])
})

test('a setting may come from a file, but not from both', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'mettle-config-')), 'secret')
  writeFileSync(file, `${strong}\n`)
  assert.equal(readConfig({ METTLE_SECRET_FILE: file }, 'production', '.').secret, strong)
  assert.throws(
    () => readConfig({ METTLE_SECRET_FILE: file, METTLE_SECRET: strong }, 'production', '.'),
    /METTLE_SECRET: is given twice/,
  )
  assert.throws(
    () => readConfig({ METTLE_SECRET_FILE: `${file}.none` }, 'production', '.'),
    /METTLE_SECRET_FILE: cannot be read/,
  )
})
