/** What docs/SECURITY.md lists is what the engine does. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserHeaders } from '../../../src/api/http/browser.ts'
import { limits } from '../../../src/base/limits.ts'
import { auditKinds } from '../../../src/engine/audit/audit.ts'
import { bare, readPage, section, tableRows } from '../../support/markdown.ts'

const page = readPage('docs/SECURITY.md')

test('the kinds of the audit trail are those of the page, in the same words', () => {
  const rows = tableRows(section(page, '## The audit trail'))
  assert.deepEqual(
    Object.fromEntries(rows.map(([kind = '', meaning]) => [bare(kind), meaning])),
    auditKinds,
  )
})

test('the headers of every answer are those of the page', () => {
  const rows = tableRows(section(page, '## Browsers'))
  const listed = rows.map(([name = '', value = '']) => [bare(name).toLowerCase(), bare(value)])
  const { own } = browserHeaders(true, [])
  const told = own.flatMap((name, at) => (at % 2 === 0 ? [[name, own[at + 1]]] : []))
  assert.deepEqual(Object.fromEntries(listed), Object.fromEntries(told))
})

test('its figures are the bounds of the engine', () => {
  const figures: Readonly<Record<string, number>> = {
    'access token of (\\d+) seconds': limits.accessTokenSeconds,
    '(\\d+) hours without use': limits.sessionIdleHours,
    'longer than its (\\d+) hours': limits.sessionAbsoluteHours,
    'within (\\d+) seconds and before': limits.refreshRepeatMs / 1_000,
    'within (\\d+) seconds \\(`sessionCacheMs`\\)': limits.sessionCacheMs / 1_000,
    'within (\\d+) seconds \\(`signing':
      (limits.signingKeyReloadMs + limits.sessionCacheMs) / 1_000,
    'after (\\d+) days unless told': limits.apiKeyDays,
    'otherwise, after (\\d+) at most': limits.apiKeyDaysMax,
    'user has at most (\\d+)': limits.apiKeysPerUserMax,
    'Every (\\d+) days': limits.signingKeyDays,
    'signs (\\d+)\\s+seconds later': limits.signingKeyNoticeMs / 1_000,
    'at most (\\d+) seconds old': limits.signingKeyReloadMs / 1_000,
    'deleted for\\s+(\\d+) days': limits.auditKeptDays,
    'remembered for ([\\d,]+) seconds': limits.preflightSeconds,
  }
  for (const [words, figure] of Object.entries(figures)) {
    const found = new RegExp(words).exec(page.text)?.[1]
    assert.equal(Number(found?.replace(',', '')), figure, words)
  }
})
