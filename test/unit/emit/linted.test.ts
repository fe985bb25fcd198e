/** What linters of API descriptions say of ours: nothing that they hold for an error. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectralCore from '@stoplight/spectral-core'
import owasp from '@stoplight/spectral-owasp-ruleset'
import rulesets from '@stoplight/spectral-rulesets'
import { backend } from 'mettle'
import shop from '../../../examples/shop/backend.ts'
import { openApi } from '../../../src/emit/openapi/openapi.ts'
import { buildModel } from '../../../src/model/build.ts'
import { gallery } from '../../support/gallery.ts'

const spectral = new spectralCore.Spectral()
// The types of the OWASP rules are those of its CommonJS form.
spectral.setRuleset({ extends: [rulesets.oas, Object(owasp)] })
const redocly = await createConfig({ extends: ['recommended'] })

/** Of spectral, whose enum is in a package of types only. */
const error = 0

async function findingsOf(text: string): Promise<readonly string[]> {
  const bySpectral = await spectral.run(text)
  const byRedocly = await lintFromString({ source: text, absoluteRef: '/it.json', config: redocly })
  const all = [
    ...bySpectral
      // oxlint-disable-next-line typescript/no-unsafe-enum-comparison -- there is nothing to import
      .filter(({ severity }) => severity === error)
      .map(({ code, path, message }) => `${code} at ${path.join('/')}: ${message}`),
    ...byRedocly
      .filter(({ severity }) => severity === 'error')
      .map(({ ruleId, location, message }) => `${ruleId} at ${location[0]?.pointer}: ${message}`),
  ]
  return all.filter((one, at) => all.findIndex(other => alike(one, other)) === at)
}

/** A shared component is found in every place that refers to it. */
function alike(one: string, other: string): boolean {
  const [short, otherShort] = [one, other].map(finding =>
    finding.replace(/ at .*\/(?=[^/]*\/)/, ' '),
  )
  return short === otherShort
}

const backends = { shop, gallery, empty: backend('empty', { parts: {} }) }

for (const [name, declared] of Object.entries(backends)) {
  test(`the document of ${name} has no fault that spectral, OWASP or redocly know`, async () => {
    assert.deepEqual(await findingsOf(JSON.stringify(openApi(buildModel(declared)))), [])
  })
}

test('each of the linters would tell', async () => {
  const text = JSON.stringify(openApi(buildModel(shop)))
  const faults = await findingsOf(
    text
      .replace('"maxLength":254', '"minLength":3')
      .replace('"operationId":"users.list"', '"operationId":"users.read"')
      .replace('"in":"path"', '"in":"query"'),
  )
  for (const rule of [
    'owasp:api4:2023-string-limit',
    'operation-operationId-unique',
    'path-parameters-defined',
  ])
    assert.ok(
      faults.some(fault => fault.startsWith(`${rule} `)),
      `${rule} in ${faults.join('\n')}`,
    )
})
