/**
 * References: the id of a row of another resource. Whether the row is there is for the statement to
 * say.
 */

import type { Kind } from './kind.ts'
import { uuid } from './uuid.ts'

export const ref: Kind = {
  ...uuid,
  schema: field => ({
    type: 'string',
    format: 'uuid',
    maxLength: 36,
    description: `The id of a row of ${field.target}`,
  }),
}
