/** From an operation as it was sent to the step of a batch. */

import { type Fault, optionsOf, Problem } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { escapePointer } from '../../base/pointer.ts'
import type { BatchStep } from '../../engine/batch.ts'
import type { Answer, OperationRequest } from '../../engine/operation.ts'
import { Faults } from '../../model/faults.ts'
import { isJsonObject } from '../../model/kinds/json.ts'
import type { HttpRequest } from '../http/route.ts'
import { type Entry, ifMatchForm, versionOf } from './envelope.ts'
import {
  isScalar,
  parseReference,
  replaceReference,
  replaceReferences,
  valueAt,
} from './references.ts'

const nothing = { id: '', input: undefined, query: '' } as const

export function stepOf(entry: Entry, atomic: boolean, request: HttpRequest): BatchStep {
  const { named, needs } = entry
  return {
    operation: named.build(named.of, nothing),
    needs: [...needs],
    resolve: (answerOf, signal) => resolve(entry, request, answerOf, signal),
    place: failure => placed(failure, entry, atomic),
  }
}

type AnswerOf = (at: number) => Answer

/** Throws what the operation would be refused with alone, and for values that are not there. */
function resolve(
  entry: Entry,
  request: HttpRequest,
  answerOf: AnswerOf,
  signal: AbortSignal,
): OperationRequest {
  const { at, named, idempotencyKey } = entry
  const place = `/operations/${at}`
  const faults = new Faults('body')
  const replace = (text: unknown, where: string) => found(text, where, answerOf, faults)
  const id = replaceReference(entry.id, `${place}/id`, replace)
  const ifMatch = replaceReference(entry.ifMatch, `${place}/ifMatch`, replace)
  const input = replaceReferences(named.fields, entry.input, `${place}/input`, replace)
  const query = queryText(entry.query, `${place}/query`, replace)
  if (query.length > limits.urlBytesMax) faults.add(`${place}/query`, 'too-long', 'is too long')
  const version = ifMatch === undefined ? null : versionOf(ifMatch)
  if (version === undefined) faults.add(`${place}/ifMatch`, 'format', ifMatchForm)
  if (faults.any) throw problemOf(faults)
  return {
    operation: named.build(named.of, { id: String(id), input, query }),
    credentials: request.credentials,
    requestId: request.requestId,
    surface: 'rest',
    wire: named.kind === 'list' || named.kind === 'aggregate' ? 'text' : 'json',
    ifMatch: version ?? null,
    idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : null,
    signal,
    trail: request,
  }
}

function found(text: unknown, place: string, answerOf: AnswerOf, faults: Faults): unknown {
  const { at, tokens } = parseReference(text)!
  const value = valueAt(answerOf(at), tokens)
  if (value === undefined) faults.add(place, 'no-result', `result ${at} has no such value`)
  const most = limits.batchReferredCharsMax
  if (typeof value === 'string' && value.length > most)
    faults.add(place, 'too-long', `refers to a text of more than ${most} characters`)
  return value
}

/** The parameters as a URL would bring them. */
function queryText(
  query: unknown,
  place: string,
  replace: (text: unknown, place: string) => unknown,
): string {
  if (!isJsonObject(query)) return ''
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each: unknown) => {
      const own = replaceReference(each, `${place}/${escapePointer(name)}`, replace)
      const text = isScalar(own) ? String(own) : ''
      return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`
    }),
  )
  return pairs.join('&')
}

/** Problems whose places are those of the batch already. */
const ownProblems = new WeakSet<Problem>()

function problemOf(faults: Faults): Problem {
  const failure = faults.problem()
  ownProblems.add(failure)
  return failure
}

/**
 * The places are JSON Pointers into the batch. In an atomic one the failure is that of the whole,
 * so it says which operation it was.
 */
function placed(failure: Problem, entry: Entry, atomic: boolean): Problem {
  const errors = ownProblems.has(failure) ? failure.errors : faultsOf(failure, entry)
  const { detail, members } = atomic ? ofWhole(failure, entry) : failure
  return new Problem(failure.code, failure, { ...optionsOf(failure), detail, errors, members })
}

function ofWhole(failure: Problem, { at, named }: Entry): Pick<Problem, 'detail' | 'members'> {
  const told = `Operation ${at} (${named.name}) failed, so nothing of the batch was done.`
  const detail = failure.detail === undefined ? told : `${told} ${failure.detail}`
  return { detail, members: { ...failure.members, operation: at } }
}

function faultsOf({ code, title, errors }: Problem, { at }: Entry): readonly Fault[] {
  const place = `/operations/${at}`
  if (code === 'validate.id') return [{ pointer: `${place}/id`, code: 'format', detail: title }]
  return errors.map(fault => ({ ...fault, ...placeOf(fault, place) }))
}

/** Of a body its input, of a query string its parameters. */
function placeOf({ pointer, parameter }: Fault, place: string): Partial<Fault> {
  if (pointer !== undefined) return { pointer: `${place}/input${pointer}` }
  if (parameter === undefined) return {}
  return { pointer: `${place}/query/${escapePointer(parameter)}`, parameter: undefined }
}
