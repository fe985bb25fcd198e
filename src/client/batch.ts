/** Batches: operations that are written like calls and sent together. */

import type { AggregateOptions, Figure, GroupKey, Groups } from './aggregate.ts'
import type {
  CallOptions,
  ClientWord,
  CommandContract,
  Contract,
  QueryContract,
  ResourceContract,
  Versioned,
} from './contract.ts'
import { byName, withResources } from './names.ts'
import { callOf, ClientProblem } from './problem.ts'
import type { Call, FailureOf, KnownProblem, Outcome, ProblemBody, ProblemOf } from './problem.ts'
import { aggregateParameters, listParameters, viewParameters } from './query-string.ts'
import type { Grouped, Listed, Parameter } from './query-string.ts'
import { Operation, Reference } from './references.ts'
import type { AnyOperation, SentOperation } from './references.ts'
import type { Ask } from './signing.ts'
import type {
  Expand,
  FieldName,
  InputOf,
  Keyed,
  KeyMode,
  ListOptions,
  None,
  OptionsWithKey,
  PageOf,
  PageOptions,
  Seen,
  Viewing,
  WriteOptions,
} from './surface.ts'

/**
 * `batch(to => [to.products.create(input), to.queries.bestSellers()], { key })`. With `atomic`, all
 * of it or nothing; otherwise each for itself, in no order but that of the references.
 */
export type Batch<C extends Contract, M extends KeyMode> = <
  const O extends readonly AnyOperation[] | [],
  A extends boolean = false,
>(
  make: (to: Operations<C>) => O,
  ...optionsWithKey: OptionsWithKey<M, WriteOptions<M> & { readonly atomic?: A }>
) => Call<{ readonly [I in keyof O]: ResultOf<O[I], A> }, FailureIn<O[number], A>>

/** An atomic batch that did not fail has values; any other tells what became of each. */
type ResultOf<O, A> =
  O extends Operation<infer Value, infer Failure>
    ? A extends true
      ? Value
      : Outcome<Value, Failure>
    : never

/** What ends an atomic batch is the failure of one of its operations. */
type FailureIn<O, A> =
  | KnownProblem
  | (A extends true ? (O extends Operation<unknown, infer Failure> ? Failure : never) : never)

type Scalar = string | number | boolean | bigint | Date | null | undefined

/** With references in the places of values that are not known yet; documents have none. */
type Referring<T> = [T] extends [Scalar]
  ? T | Reference<T>
  : T extends Scalar
    ? T | Reference<T>
    : string extends keyof T
      ? T
      : { readonly [K in keyof T]: Referring<T[K]> }

/** A row, or an operation that answers one: the version that it has then must still hold. */
type BatchTarget = string | Reference<string> | Versioned | Operation<Versioned, unknown>

/** What can be asked for in a batch; nothing is sent before all of it is there. */
type Operations<C extends Contract> = {
  readonly [
    K in keyof C['resources'] as K extends ClientWord ? `${K}Rows` : K
  ]: C['resources'][K] extends infer R extends ResourceContract ? ResourceOperations<C, R> : never
} & {
  readonly commands: {
    readonly [K in keyof C['commands']]: C['commands'][K] extends infer D extends CommandContract
      ? (
          input: Referring<InputOf<D>>,
          options?: Partial<Keyed>,
        ) => Operation<D['output'], ProblemOf<D['errors']>>
      : never
  }
  readonly queries: {
    readonly [K in keyof C['queries']]: C['queries'][K] extends infer D extends QueryContract
      ? (
          ...args: None extends D['input']
            ? [input?: Referring<InputOf<D>>]
            : [input: Referring<InputOf<D>>]
        ) => Operation<readonly D['row'][], ProblemOf<D['errors']>>
      : never
  }
}

/** As the calls of the same names. */
interface ResourceOperations<C extends Contract, R extends ResourceContract> {
  get<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    id: string | Reference<string>,
    options?: Viewing<C, R, F, X>,
  ): Operation<Seen<C, R, F, X>, FailureOf<R['errors'], 'read'>>
  list<
    const F extends FieldName<R> = never,
    const X extends Expand<R> = None,
    T extends boolean = false,
  >(
    filter?: Referring<R['filter']>,
    options?: ListOptions<R> & PageOptions<T> & Viewing<C, R, F, X>,
  ): Operation<PageOf<Seen<C, R, F, X>, T>, FailureOf<R['errors'], 'list'>>
  aggregate<const S extends Figure<R> = 'count()', const G extends GroupKey<R> = never>(
    filter?: Referring<R['filter']>,
    options?: AggregateOptions<R, S, G>,
  ): Operation<Groups<R, S, G>, FailureOf<R['errors'], 'aggregate'>>
  create<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    input: Referring<R['create']>,
    options?: Partial<Keyed> & Viewing<C, R, F, X>,
  ): Operation<Seen<C, R, F, X>, FailureOf<R['errors'], 'create'>>
  update<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    target: BatchTarget,
    changes: Referring<R['update']>,
    options?: Partial<Keyed> & Viewing<C, R, F, X>,
  ): Operation<Seen<C, R, F, X>, FailureOf<R['errors'], 'update'>>
  replace<const F extends FieldName<R> = never, const X extends Expand<R> = None>(
    target: BatchTarget,
    values: Referring<R['replace']>,
    options?: Partial<Keyed> & Viewing<C, R, F, X>,
  ): Operation<Seen<C, R, F, X>, FailureOf<R['errors'], 'replace'>>
  delete(
    target: BatchTarget,
    options?: Partial<Keyed>,
  ): Operation<void, FailureOf<R['errors'], 'delete'>>
}

interface Given extends Listed {
  readonly key?: string | null
}

const same = (body: unknown): unknown => body

/** Of the answer of a list; who asks for rows knows that it is complete. */
const rowsOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined

const operations = withResources(
  {
    commands: byName(operation => (input: object = {}, given: Given = {}) => {
      return new Operation({ operation, input, ...keyOf(given) }, same)
    }),
    queries: byName(operation => (input: object = {}) => {
      return new Operation({ operation, input }, rowsOf)
    }),
  },
  resourceOperations,
)

function resourceOperations(name: string): object {
  const asked = (kind: string, parameters: readonly Parameter[], rest: Partial<SentOperation>) =>
    new Operation({ operation: `${name}.${kind}`, ...rest, ...queryIn(parameters) }, same)
  const change =
    (kind: string) =>
    (target: BatchTarget, input: object, given: Given = {}) =>
      asked(kind, viewParameters(given), { ...place(target), input, ...keyOf(given) })
  return {
    get: (id: unknown, given: Given = {}) => asked('read', viewParameters(given), { id }),
    list: (filter: object = {}, given: Given = {}) =>
      asked('list', listParameters(filter, given), {}),
    aggregate: (filter: object = {}, given: Grouped = {}) =>
      asked('aggregate', aggregateParameters(filter, given), {}),
    create: (input: object, given: Given = {}) =>
      asked('create', viewParameters(given), { input, ...keyOf(given) }),
    update: change('update'),
    replace: change('replace'),
    delete: (target: BatchTarget, given: Given = {}) => {
      const sent = { operation: `${name}.delete`, ...place(target), ...keyOf(given) }
      return new Operation(sent, () => undefined)
    },
  }
}

function keyOf({ key }: Given): Pick<SentOperation, 'idempotencyKey'> {
  return typeof key === 'string' ? { idempotencyKey: key } : {}
}

function place(target: BatchTarget): Pick<SentOperation, 'id' | 'ifMatch'> {
  if (target instanceof Operation) return { id: target.ref('id'), ifMatch: target.ref('version') }
  if (typeof target === 'string' || target instanceof Reference) return { id: target }
  return { id: target.id, ifMatch: target.version }
}

/** As an object, with a list where a parameter is repeated. */
function queryIn(parameters: readonly Parameter[]): Pick<SentOperation, 'query'> {
  if (parameters.length === 0) return {}
  const names = [...new Set(parameters.map(([name]) => name))]
  const query = names.map(name => {
    const values = parameters.filter(([each]) => each === name).map(([, value]) => value)
    return [name, values.length === 1 ? values[0]! : values] as const
  })
  return { query: Object.fromEntries(query) }
}

interface BatchOptions extends CallOptions {
  readonly atomic?: boolean
  readonly key?: string | null
}

interface Result {
  readonly status: number
  readonly body?: unknown
  readonly problem?: ProblemBody
  readonly retryAfter?: number
}

/** Makes operations, sends them, and reads their results. */
export function batchOf(ask: Ask, key: (given: BatchOptions) => string | null) {
  async function send(list: readonly AnyOperation[], given: BatchOptions) {
    const { atomic = false, signal } = given
    const numbers = new Map(list.map((operation, at) => [operation, at]))
    const body = { atomic, operations: list.map(({ sent }) => numbered(sent, numbers)) }
    const message = { method: 'POST', path: '/api/v1/batch', body, key: key(given) } as const
    const { results } = await ask<{ readonly results: readonly Result[] }>({
      ...message,
      ...(signal === undefined ? {} : { signal }),
    })
    const outcomes = list.map((operation, at) => outcomeOf(operation, results[at]!))
    return atomic ? outcomes.map(outcome => (outcome.ok ? outcome.value : undefined)) : outcomes
  }
  return (make: (to: object) => readonly AnyOperation[], given: BatchOptions = {}) =>
    callOf(send(make(operations), given))
}

function outcomeOf(operation: AnyOperation, result: Result): Outcome<unknown, ClientProblem> {
  const { status, body, problem, retryAfter } = result
  if (problem === undefined) return { ok: true, value: operation.answer(body) }
  const wait = retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }
  return { ok: false, problem: new ClientProblem(problem, status, wait) }
}

/** References are written by the numbers that their operations have in the list. */
function numbered(value: unknown, numbers: ReadonlyMap<AnyOperation, number>): unknown {
  if (value instanceof Reference) {
    const at = numbers.get(value.of)
    if (at === undefined) throw new TypeError('a reference to an operation outside of the batch')
    return { $ref: `${at}/${value.path}` }
  }
  if (Array.isArray(value)) return value.map(item => numbered(item, numbers))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, numbered(member, numbers)]),
  )
}
