/** The reference page as text: whole in itself, with nothing in it that was not escaped. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { html, phrase } from '../../../src/emit/reference/markup.ts'
import { referencePage } from '../../../src/emit/reference/page.ts'
import { buildModel } from '../../../src/model/build.ts'
import { gallery } from '../../support/gallery.ts'

const document = openApi(buildModel(gallery))
const page = referencePage(document)

test('every operation has its place, which the menu leads to', () => {
  for (const operation of Object.values(document.paths).flatMap(item => Object.values(item))) {
    assert.ok(page.html.includes(`id="${operation.operationId}"`), operation.operationId)
    assert.ok(page.html.includes(`href="#${operation.operationId}"`), operation.operationId)
  }
})

test('it loads nothing, and its policy names its own script and style alone', () => {
  assert.doesNotMatch(page.html, /\b(?:src|srcset)=|<link rel="stylesheet"|@import|url\(/)
  const inline = [...page.html.matchAll(/<(script|style)>(.*?)<\/\1>/gs)]
  assert.deepEqual(
    inline.map(([, kind, text]) => {
      const hash = createHash('sha256').update(text!).digest('base64')
      return page.policy.includes(`${kind}-src 'sha256-${hash}'`)
    }),
    [true, true],
  )
  assert.doesNotMatch(page.policy, /unsafe|\*|https?:/)
  assert.doesNotMatch(page.html, / on[a-z]+="| style="/)
})

test('what a template is given is text', () => {
  const wild = `<img src=x onerror="alert('&')">`
  const escaped = '&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;'
  assert.equal(html`<p>${wild}${[wild]}</p>`.markup, `<p>${escaped}${escaped}</p>`)
  assert.equal(phrase(`a \`${wild}\``).markup, `a <code>${escaped}</code>`)
  const { html: text } = referencePage({ ...document, info: { ...document.info, title: wild } })
  assert.ok(text.includes(escaped) && !text.includes('<img'))
})

test('it is small', () => {
  assert.ok(Buffer.byteLength(page.html) < 1_000_000)
})
