/**
 * The write compiler: one statement for any number of rows, with their events and stored answers.
 */

import { denialCode } from '../../base/caller.ts'
import type { Caller } from '../../base/caller.ts'
import { digestOf } from '../../base/digest.ts'
import { problem } from '../../base/errors.ts'
import type { Fault } from '../../base/errors.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import type { BodyShape } from '../body.ts'
import { render } from '../fragment.ts'
import type { ReadPlan, WritePlan, WriteShape } from '../plan.ts'
import { compileRead } from '../read.ts'
import { assemble, type Change } from './assemble.ts'
import { createChange } from './create.ts'
import { deleteChange } from './delete.ts'
import { reachesOthers } from './dependants.ts'
import { answerSelect } from './follow.ts'
import { inputsStep, writeParameters } from './inputs.ts'
import { loneText } from './lone.ts'
import { mindsNewer } from './newer.ts'
import { fieldsSet, remaining, type WriteTask } from './task.ts'
import { updateChange } from './update.ts'

/** What each form of write does. */
export const changes: Readonly<Record<WriteShape['form'], (task: WriteTask) => Change>> = {
  create: createChange,
  update: updateChange,
  delete: deleteChange,
}

/**
 * The plan of a write whose answer shows `view` of the row. Only the caller's kind and roles decide
 * about it. Throws `identify.required` or `authorise.denied` where no row could be written, and
 * `validate.query` for a faulty view.
 */
export function compileWrite(
  model: Model,
  shape: WriteShape,
  caller: Caller,
  view: BodyShape,
): WritePlan {
  const resource = resourceOf(model, shape.resource)
  const task: WriteTask = { viewpoint: { model, caller }, resource, shape, view, waiting: false }
  refuseForbidden(task)
  const text = writeText(task)
  const { tag, foreign } = readAfter(task)
  return Object.freeze({
    kind: 'write',
    key: planKey(resource, shape.form, text),
    resource: resource.name,
    form: shape.form,
    text,
    waiting: writeText({ ...task, waiting: true }),
    lone: loneText(task),
    mayBeBusy: mindsNewer(task),
    parameters: Object.freeze(writeParameters(task)),
    tag,
    foreign,
    bounded: shape.form !== 'delete' || !reachesOthers(model, resource),
  })
}

function writeText(task: WriteTask): string {
  const change = changes[task.shape.form](task)
  return render(assemble(task, [inputsStep(task)], change, answerSelect(task, change.body))).text
}

export function resourceOf(model: Model, name: string): ResourceModel {
  const resource = model.resources.get(name)
  if (resource === undefined) throw new Error(`the model has no resource ${name}`)
  return resource
}

export function planKey(resource: ResourceModel, form: string, text: string): string {
  return `${resource.name}.${form}:${digestOf(text)}`
}

/** The read that shows the same as the write's answer. */
function readAfter({ viewpoint, shape, view }: WriteTask): ReadPlan {
  const read = {
    resource: shape.resource,
    form: 'one',
    ...view,
    filters: [],
    sort: [],
    after: false,
  } as const
  return compileRead(viewpoint.model, read, viewpoint.caller)
}

/** What is known without a row: the rule of the operation and those of the fields. */
export function refuseForbidden(task: WriteTask): void {
  const { viewpoint, resource, shape } = task
  const code = denialCode(viewpoint.caller)
  if (remaining(task, resource.access[shape.form]) === false) throw problem(code)
  const errors: Fault[] = fieldsSet(task)
    .filter(({ access }) => access.write !== null && remaining(task, access.write) === false)
    .map(({ name }) => ({
      pointer: `/${name}`,
      code: 'denied',
      detail: `You may not write ${name}.`,
    }))
  if (errors.length > 0) throw problem(code, { errors })
}
