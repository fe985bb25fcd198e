/** `fail.outOfStock({ … })`: the errors that a command or hook declares, as problems. */

import { Problem } from '../../base/errors.ts'
import { Faults } from '../../model/faults.ts'
import { codec } from '../../model/kinds/index.ts'
import type { DeclaredErrorModel } from '../../model/model.ts'

const hint = 'The title says what stands in the way.'
const hintWithData = 'The title says what stands in the way; `data` says more.'

/** One function for each declared error; each throws. On the wire its code is `<owner>.<error>`. */
export function failuresOf(
  owner: string,
  errors: ReadonlyMap<string, DeclaredErrorModel>,
): Readonly<Record<string, (data?: unknown) => never>> {
  const functions = [...errors].map(
    ([name, error]) => [name, (data?: unknown) => raise(owner, error, data)] as const,
  )
  return Object.freeze(Object.fromEntries(functions))
}

function raise(owner: string, error: DeclaredErrorModel, data: unknown): never {
  const faults = new Faults('body')
  const members = codec.readShape('store', error.data, data ?? {}, '', faults)
  if (faults.any) {
    throw new Error(
      `${owner} failed with ${error.name}, but its data is not as declared: ${JSON.stringify(faults.list)}`,
    )
  }
  throw new Problem(
    `${owner}.${error.name}`,
    {
      status: error.status,
      title: error.title,
      hint: error.data.length === 0 ? hint : hintWithData,
    },
    { data: members },
  )
}
