/** The inputs of a write: arrays turned into the relation `q`, one row for each row to write. */

import type { FieldModel } from '../../model/model.ts'
import { join, name, raw, sql, type Fragment } from '../fragment.ts'
import { sqlKinds } from '../kinds.ts'
import type { WriteParameter } from '../plan.ts'
import { rows, type Step } from './steps.ts'
import { fieldsSet, type WriteTask } from './task.ts'

interface Input {
  readonly column: string
  readonly parameter: WriteParameter
}

function engineInput(
  from: Exclude<WriteParameter['source']['from'], 'field'>,
  column: string,
  type: string,
): Input {
  return { column, parameter: { source: { from }, type } }
}

function inputsOf(task: WriteTask): readonly Input[] {
  const { versioned, keyed } = task.shape
  return [
    engineInput('number', '$n', 'int4[]'),
    engineInput('id', '$id', 'uuid[]'),
    engineInput('caller', '$caller', 'uuid[]'),
    engineInput('trace', '$trace', 'text[]'),
    ...(versioned ? [engineInput('version', '$version', 'int4[]')] : []),
    ...(keyed
      ? [engineInput('key', '$key', 'text[]'), engineInput('keyHash', '$hash', 'text[]')]
      : []),
    ...fieldsSet(task).map((field, at) => fieldInput(field, at)),
  ]
}

function fieldInput(field: FieldModel, at: number): Input {
  const source = { from: 'field', name: field.name, at } as const
  return { column: field.column, parameter: { source, type: `${sqlKinds[field.kind].type}[]` } }
}

export function writeParameters(task: WriteTask): readonly WriteParameter[] {
  return inputsOf(task).map(each => each.parameter)
}

/** The inputs of one row, whose parameters are no arrays, as a relation to select from. */
export function oneInput(task: WriteTask): Fragment {
  const columns = inputsOf(task).map(({ column, parameter }, at) => {
    const type = parameter.type.replace('[]', '')
    return sql`${raw(`$${at + 1}::${type}`)} as ${name(column)}`
  })
  return sql`(select ${join(columns, ', ')}) q`
}

export function inputsStep(task: WriteTask): Step {
  const inputs = inputsOf(task)
  const arrays = inputs.map(({ parameter }, at) => raw(`$${at + 1}::${parameter.type}`))
  const columns: Fragment[] = inputs.map(each => name(each.column))
  return rows('q', sql`select * from unnest(${join(arrays, ', ')}) q(${join(columns, ', ')})`)
}
