/** Links: resources that tie two others together, many to many, and the lists that they give. */

import type { DeclaredResource } from './declared-part.ts'
import type { Reporter } from './diagnostics.ts'
import type { FieldModel, InverseModel } from './model.ts'
import { suggestion } from './suggest.ts'

/** A list of far rows, on the resource from which they are seen. */
interface FarList {
  readonly on: string
  readonly inverse: InverseModel
  readonly reporter: Reporter
}

type FieldsByName = ReadonlyMap<string, FieldModel>

/** The two references that a link ties together, as declared; null where it has not two. */
export function linkedReferences(
  link: Readonly<Record<string, string>> | null,
  fields: FieldsByName,
): readonly [FieldModel, FieldModel] | null {
  const [first, second, ...more] = Object.keys(link ?? {}).map(name => fields.get(name))
  if (first === undefined || second === undefined || more.length > 0) return null
  return isEnd(first) && isEnd(second) ? [first, second] : null
}

/** From either end the rows at the other one, under the name that its reference is given. */
export function farLists(
  { declared, reporter }: DeclaredResource,
  fields: FieldsByName,
): readonly FarList[] {
  const { name: resource, link } = declared
  if (link === null) return []
  const place = reporter.inside('link')
  const ends = linkedReferences(link, fields)
  if (ends === null) {
    reportEnds(link, fields, place)
    return []
  }
  const [one, other] = ends
  return [[one, other] as const, [other, one] as const].map(([near, far]) => {
    const across = Object.freeze({ field: far.name, resource: far.target! })
    const inverse = { name: link[far.name]!, resource, field: near.name, across }
    return { on: near.target!, inverse, reporter: place.inside(far.name) }
  })
}

function isEnd({ kind, optional }: FieldModel): boolean {
  return kind === 'ref' && !optional
}

function reportEnds(
  link: Readonly<Record<string, string>>,
  fields: FieldsByName,
  reporter: Reporter,
): void {
  const references = [...fields.values()].filter(isEnd).map(({ name }) => name)
  const hint =
    references.length < 2
      ? 'a link has two references that are not optional: declare them'
      : `name two of ${references.join(', ')}`
  const names = Object.keys(link)
  for (const name of names) {
    const field = fields.get(name)
    const inner = reporter.inside(name)
    if (field === undefined) {
      const near = suggestion(name, references)
      inner.report('unknown-field', `there is no field ${JSON.stringify(name)}${near}`, hint)
    } else if (!isEnd(field)) {
      const why = field.kind === 'ref' ? 'is optional' : 'is no reference'
      inner.report('link', `${name} ${why}, so it ties nothing to anything`, hint)
    }
  }
  if (names.length !== 2)
    reporter.report('link', `a link ties two references together, not ${names.length}`, hint)
}
