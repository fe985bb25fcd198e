/** Values in the order of a plan's parameters: of one request, or one array a parameter. */

import type { Caller } from '../../base/caller.ts'
import type { Parameter, ReadPlan, WriteParameter, WritePlan } from '../../sql/plan.ts'
import type { WriteInput } from './data.ts'

/** What a read brings for its parameters. */
export interface ReadArguments {
  readonly values: readonly unknown[]
  readonly caller: Caller
}

/** What a write brings for its parameters. */
export interface WriteArguments {
  readonly input: WriteInput
  readonly caller: Caller
}

export function bindRead(plan: Pick<ReadPlan, 'parameters'>, request: ReadArguments): unknown[] {
  return plan.parameters.map(parameter => readValue(parameter, request))
}

/** One array for each parameter, and the request numbers behind them. */
export function bindReads(plan: ReadPlan, requests: readonly ReadArguments[]): unknown[] {
  const bound: unknown[] = plan.parameters.map(parameter => column(requests, parameter, readValue))
  bound.push(numbers(requests.length))
  return bound
}

/** For the form of one row. */
export function bindWrite(plan: WritePlan, row: WriteArguments): unknown[] {
  return plan.parameters.map(parameter => writeValue(parameter, row, 0))
}

export function bindWrites(plan: WritePlan, rows: readonly WriteArguments[]): unknown[] {
  return plan.parameters.map(parameter => column(rows, parameter, writeValue))
}

function readValue({ source }: Parameter, request: ReadArguments): unknown {
  return source.from === 'value' ? request.values[source.at] : request.caller.id
}

type RowSource = Exclude<WriteParameter['source']['from'], 'field'>

const rowValues: Readonly<Record<RowSource, (row: WriteArguments, number: number) => unknown>> = {
  number: (_, number) => number,
  id: row => row.input.id,
  caller: row => row.caller.id,
  version: row => row.input.version,
  key: row => row.input.key?.key ?? null,
  keyHash: row => row.input.key?.hash ?? null,
  trace: row => row.input.trace,
}

function writeValue({ source }: WriteParameter, row: WriteArguments, number: number): unknown {
  return source.from === 'field' ? row.input.values[source.at] : rowValues[source.from](row, number)
}

function column<P, R>(
  rows: readonly R[],
  parameter: P,
  valueOf: (parameter: P, row: R, number: number) => unknown,
): unknown[] {
  const values: unknown[] = []
  for (let at = 0; at < rows.length; at++) values.push(valueOf(parameter, rows[at]!, at))
  return values
}

/** 0, 1, 2... : made once for each length, of which there are few. */
const numbersOf: (readonly number[])[] = []

function numbers(length: number): readonly number[] {
  return (numbersOf[length] ??= Object.freeze(Array.from({ length }, (_, at) => at)))
}
