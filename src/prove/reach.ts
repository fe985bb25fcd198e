/** What a drill needs of a backend, and so whether it may be run against one that runs already. */

/**
 * `outside`: asks, and acts with accounts of its own. Else what keeps it from a backend that is not
 * the runner's own; `inside` says no more than that.
 */
export type Reach = 'outside' | LeftOut

type LeftOut = 'kills' | 'plants' | 'reads' | 'burdens' | 'settings' | 'operates' | 'inside'

const reasons: Readonly<Record<LeftOut, string>> = {
  kills: 'it kills or pauses processes',
  plants: 'it plants rows in the database, past the rules of access',
  reads: 'it looks into the database for what was really done',
  burdens: 'it burdens the service, which others may be using',
  settings: 'it starts nodes with settings of its own',
  operates: 'it does what only an operator may do',
  inside: 'it does not say that it only asks',
}

/** Why it is left out of a backend that runs already; null: it is not. */
export function leftOut(reach: Reach): string | null {
  return reach === 'outside' ? null : reasons[reach]
}

/** What the runner would need is not to be had of this backend: the drill does not apply to it. */
export class OutOfReach extends Error {
  override readonly name = 'OutOfReach'
}

/** Null where it is out of reach. */
export async function ifReached<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (error instanceof OutOfReach) return null
    throw error
  }
}
