/** The body of a batch: `{ "atomic": true, "operations": [{ "operation": "products.list" }] }`. */

import { problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { Faults } from '../../model/faults.ts'
import { isJsonObject } from '../../model/kinds/json.ts'
import { suggestion } from '../../model/suggest.ts'
import { versionsIn } from '../rest/conditions.ts'
import type { Member, Named } from './catalogue.ts'
import { isScalar, parseReference, replaceReference, replaceReferences } from './references.ts'

/** One operation as it was sent, in the form of one. */
export interface Entry extends Readonly<Record<Member, unknown>> {
  readonly at: number
  readonly named: Named
  /** The numbers of the operations that it refers to. */
  readonly needs: ReadonlySet<number>
}

interface Envelope {
  readonly atomic: boolean
  readonly entries: readonly Entry[]
}

/** Throws `wire.invalid-batch` with every faulty place, before anything is run. */
export function readEnvelope(body: unknown, known: ReadonlyMap<string, Named>): Envelope {
  const faults = new Faults('body')
  const envelope = isJsonObject(body) ? readMembers(body, known, faults) : null
  if (envelope === null) faults.add('', 'type', 'must be an object with operations')
  if (envelope === null || faults.any) throw problem('wire.invalid-batch', { errors: faults.list })
  return envelope
}

function readMembers(
  body: Readonly<Record<string, unknown>>,
  known: ReadonlyMap<string, Named>,
  faults: Faults,
): Envelope {
  refuseOthers(body, ['atomic', 'operations'], '', faults)
  const { atomic = false, operations } = body
  if (typeof atomic !== 'boolean') faults.add('/atomic', 'type', 'must be true or false')
  if (!Array.isArray(operations)) {
    faults.add('/operations', 'type', 'must be an array of operations')
    return { atomic: false, entries: [] }
  }
  const most = limits.batchOperationsMax
  if (operations.length === 0) faults.add('/operations', 'too-short', 'must name an operation')
  if (operations.length > most) {
    faults.add('/operations', 'too-long', `must have at most ${most} operations`)
    return { atomic: false, entries: [] }
  }
  const count = { references: 0 }
  const entries = operations.map((each: unknown, at) => readEntry(each, at, known, count, faults))
  if (count.references > limits.batchReferencesMax) {
    const detail = `must have at most ${limits.batchReferencesMax} references`
    faults.add('/operations', 'too-long', detail)
  }
  return { atomic: atomic === true, entries: entries.filter(entry => entry !== null) }
}

/** Said without the OpenAPI document, which may not be published. */
const namesOfOperations =
  '; those of rows are named like products.create, commands and queries by their own names'

/** Null, and a fault, where it is no operation. */
function readEntry(
  sent: unknown,
  at: number,
  known: ReadonlyMap<string, Named>,
  count: { references: number },
  faults: Faults,
): Entry | null {
  const place = `/operations/${at}`
  if (!isJsonObject(sent)) return refuse(faults, place, 'type', 'must be an object')
  const { operation } = sent
  if (operation === undefined)
    return refuse(faults, `${place}/operation`, 'required', 'must be given')
  const named = typeof operation === 'string' ? known.get(operation) : undefined
  if (named === undefined) {
    const near = typeof operation === 'string' ? suggestion(operation, known.keys()) : ''
    const detail = `is no operation${near}${namesOfOperations}`
    return refuse(faults, `${place}/operation`, 'choice', detail)
  }
  const { required, allowed } = named
  refuseOthers(sent, ['operation', ...required, ...allowed], place, faults)
  for (const member of required)
    if (sent[member] === undefined) faults.add(`${place}/${member}`, 'required', 'must be given')
  const { id, input, query, ifMatch, idempotencyKey } = sent
  checkQuery(query, `${place}/query`, faults)
  checkId(id, `${place}/id`, faults)
  checkIfMatch(ifMatch, `${place}/ifMatch`, faults)
  checkKey(idempotencyKey, `${place}/idempotencyKey`, faults)
  const entry = { at, named, id, input, query, ifMatch, idempotencyKey }
  return { ...entry, needs: needsOf(entry, count, faults) }
}

type Code = Parameters<Faults['add']>[1]

function refuse(faults: Faults, place: string, code: Code, detail: string): null {
  faults.add(place, code, detail)
  return null
}

function refuseOthers(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[],
  place: string,
  faults: Faults,
): void {
  for (const name of Object.keys(object)) {
    if (names.includes(name)) continue
    const shown = name.slice(0, 100)
    const near = suggestion(name, names)
    const only = names.join(', ')
    faults.add(place, 'unknown', `has no ${JSON.stringify(shown)} here${near}, only ${only}`)
  }
}

/** Whether the value is one that a reference may stand for. */
function isReference(value: unknown): boolean {
  return replaceReference(value, '', () => null) !== value
}

function checkId(id: unknown, place: string, faults: Faults): void {
  if (id === undefined || typeof id === 'string' || isReference(id)) return
  faults.add(place, 'type', 'must be text')
}

function checkQuery(query: unknown, place: string, faults: Faults): void {
  if (query === undefined) return
  if (!isJsonObject(query)) return faults.add(place, 'type', 'must be an object of parameters')
  const fits = (value: unknown) => (isScalar(value) && value !== null) || isReference(value)
  for (const [at, value] of Object.values(query).entries()) {
    if (Array.isArray(value) ? value.every(fits) : fits(value)) continue
    const name = Object.keys(query)[at]!.slice(0, 100)
    faults.add(place, 'type', `${name} must be text, a number, true or false, or a list of such`)
  }
}

function checkIfMatch(ifMatch: unknown, place: string, faults: Faults): void {
  if (ifMatch === undefined || isReference(ifMatch)) return
  if (versionOf(ifMatch) === undefined) faults.add(place, 'format', ifMatchForm)
}

export const ifMatchForm = 'must be the version of a row, or one ETag in its quotes, or "*"'

/** Undefined for what is none. */
export function versionOf(ifMatch: unknown): number | 'any' | undefined {
  if (typeof ifMatch === 'number')
    return Number.isInteger(ifMatch) && ifMatch > 0 ? ifMatch : undefined
  if (typeof ifMatch !== 'string') return undefined
  try {
    const versions = versionsIn(ifMatch)
    return versions.length === 1 ? versions[0] : undefined
  } catch {
    return undefined
  }
}

function checkKey(key: unknown, place: string, faults: Faults): void {
  if (key === undefined) return
  const most = limits.idempotencyKeyCharsMax
  const isKey = typeof key === 'string' && /^[ -~]+$/.test(key) && key.length <= most
  if (!isKey) faults.add(place, 'format', `must be 1 to ${most} printable ASCII characters`)
}

function needsOf(
  { at, named, id, input, query, ifMatch }: Omit<Entry, 'needs'>,
  count: { references: number },
  faults: Faults,
): ReadonlySet<number> {
  const needs = new Set<number>()
  const note = (text: unknown, place: string): null => {
    count.references += 1
    const reference = parseReference(text)
    if (reference === null)
      return refuse(faults, place, 'format', 'is no reference; write { "$ref": "0/id" }')
    if (reference.at >= at)
      return refuse(faults, place, 'format', 'may only refer to an operation before its own')
    needs.add(reference.at)
    return null
  }
  const place = `/operations/${at}`
  replaceReference(id, `${place}/id`, note)
  replaceReference(ifMatch, `${place}/ifMatch`, note)
  replaceReferences(named.fields, input, `${place}/input`, note)
  for (const value of isJsonObject(query) ? Object.values(query) : [])
    for (const each of Array.isArray(value) ? value : [value])
      replaceReference(each, `${place}/query`, note)
  return needs
}
