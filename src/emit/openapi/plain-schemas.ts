/** Schemas that many parts of the document share; every text and number of it is bounded. */

import type { JsonSchema } from '../../model/kinds/index.ts'

export function text(maxLength: number): JsonSchema {
  return { type: 'string', maxLength }
}

/** A whole number of 32 bits. */
export function whole(minimum: number, maximum = 2_147_483_647): JsonSchema {
  return { type: 'integer', format: 'int32', minimum, maximum }
}

/** Of a row. */
export const idSchema: JsonSchema = { type: 'string', format: 'uuid', maxLength: 36 }
