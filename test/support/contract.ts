/** Holds answers against the OpenAPI document of their backend: what tests receive is promised. */

import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OpenApiDocument } from '../../src/emit/openapi/document.ts'
import * as contract from '../../src/prove/contract/contract.ts'
import type { Received } from '../../src/prove/contract/contract.ts'
import type { Schemas } from '../../src/prove/contract/json-schema.ts'

export { isDescribed, type Received } from '../../src/prove/contract/contract.ts'

export interface Contract extends contract.Contract {
  /** Throws an AssertionError that names every breach. */
  assertKept(received: Received): void
}

export function contractOf(document: OpenApiDocument): Contract {
  const kept = contract.contractOf(document, ajvSchemas(document))
  return {
    ...kept,
    assertKept(received) {
      const found = kept.breaches(received)
      if (found.length === 0) return
      const { method, path, status, text } = received
      const place = `${method} ${path}: ${status} ${text.slice(0, 500)}`
      assert.fail(`/openapi.json does not promise this answer to ${place}\n${found.join('\n')}`)
    },
  }
}

/** By somebody else's reading of JSON Schema. */
export function ajvSchemas(document: object): Schemas {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv, { mode: 'full' })
  ajv.addFormat('decimal', /^-?\d+(?:\.\d+)?$/)
  ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/)
  ajv.addSchema(document, 'document')
  const compiled = new Map<string, ValidateFunction>()
  return {
    judge(pointer, value, what) {
      let validate = compiled.get(pointer)
      if (validate === undefined) {
        validate = ajv.compile({ $ref: `document${pointer}` })
        compiled.set(pointer, validate)
      }
      if (validate(value)) return []
      const errors = validate.errors ?? []
      return errors.map(({ instancePath, message, params }) => {
        return `${what}${instancePath} ${message} ${JSON.stringify(params)}`
      })
    },
  }
}
