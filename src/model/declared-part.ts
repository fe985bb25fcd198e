/** A declared part under its name in `parts`, with the place that its mistakes are reported at. */

import type { Part } from '../declare/backend.ts'
import type { Resource } from '../declare/resource.ts'
import type { Reporter } from './diagnostics.ts'

export interface DeclaredPart<P extends Part = Part> {
  readonly part: string
  readonly declared: P
  readonly reporter: Reporter
}

export type DeclaredResource = DeclaredPart<Resource>

export function isDeclaredResource(part: DeclaredPart): part is DeclaredResource {
  return part.declared.kind === 'resource'
}
