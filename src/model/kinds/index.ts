/** Every kind of field in one total record: a forgotten kind does not compile. */

import type { FieldKind } from '../../declare/field.ts'
import { bigint } from './bigint.ts'
import { boolean } from './boolean.ts'
import { choice } from './choice.ts'
import { createCodec } from './codec.ts'
import type { Codec } from './codec.ts'
import { date } from './date.ts'
import { decimal } from './decimal.ts'
import { document } from './document.ts'
import { integer } from './integer.ts'
import type { Kind } from './kind.ts'
import { listKind } from './list.ts'
import { objectKind } from './object.ts'
import { ref } from './ref.ts'
import { text } from './text.ts'
import { timestamp } from './timestamp.ts'
import { uuid } from './uuid.ts'

export type { JsonSchema, Kind } from './kind.ts'

export const kinds: Readonly<Record<FieldKind, Kind>> = Object.freeze({
  text,
  integer,
  bigint,
  decimal,
  boolean,
  date,
  timestamp,
  uuid,
  choice,
  document,
  list: listKind(() => codec),
  object: objectKind(() => codec),
  ref,
})

export const codec: Codec = createCodec(kind => kinds[kind])
