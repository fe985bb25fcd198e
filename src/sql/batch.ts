/** The batched form of a read: many requests for one plan in one statement. */

import { parameterKey, textOf, type Fragment } from './fragment.ts'
import type { Parameter } from './plan.ts'

/**
 * The parameters become columns of one relation of requests, and the read stands behind it LATERAL.
 * Null where a parameter is an array itself: arrays of unlike lengths do not fit in one. `width` is
 * the number of columns of the read.
 */
export function batchText(
  read: Fragment,
  parameters: readonly Parameter[],
  width: number,
): string | null {
  if (parameters.some(parameter => parameter.type.endsWith('[]'))) return null
  const places = new Map(parameters.map((parameter, at) => [parameterKey(parameter), `p${at + 1}`]))
  const alone = textOf(read, slot => `q.${places.get(parameterKey(slot))!}`)
  const arrays = parameters.map(({ type }, at) => `$${at + 1}::${type}[]`)
  const requests = [...arrays, `$${parameters.length + 1}::int4[]`].join(', ')
  const columns = Array.from({ length: width }, (_, at) => `c${at + 1}`)
  // The offset is a fence: every request runs the plan that a request alone would.
  return `select q.n, ${columns.map(name => `r.${name}`).join(', ')} from unnest(${requests}) as q(${[
    ...places.values(),
    'n',
  ].join(', ')}) cross join lateral (${alone} offset 0) as r(${columns.join(', ')})`
}
