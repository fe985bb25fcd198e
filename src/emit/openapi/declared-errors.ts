/** Errors that commands and hooks declare, as responses of the operations that may answer them. */

import { codec } from '../../model/kinds/index.ts'
import { reference } from './document.ts'
import { isRetried, problemResponse } from './problems.ts'
import type { OperationObject, Response } from './document.ts'
import type { JsonSchema } from '../../model/kinds/index.ts'
import type { DeclaredErrorModel, Model } from '../../model/model.ts'

/** By operation. */
type DeclaredErrors = ReadonlyMap<string, readonly DeclaredError[]>

interface DeclaredError extends DeclaredErrorModel {
  /** `checkout.out-of-stock` */
  readonly code: string
}

/** A nested list is the list of the child's resource, also for the hooks around it. */
export function declaredErrors({ commands, hooks, resources, identity }: Model): DeclaredErrors {
  const errors = new Map<string, DeclaredError[]>()
  const owners = [
    ...[...commands.values()].map(command => ({ ...command, operations: [command.name] })),
    ...hooks,
  ]
  for (const owner of owners) {
    const own = [...owner.errors.values()].map(error => ({
      ...error,
      code: `${owner.name}.${error.name}`,
    }))
    for (const name of owner.operations) errors.set(name, [...(errors.get(name) ?? []), ...own])
  }
  for (const { name, inverses } of resources.values())
    for (const inverse of inverses.values())
      errors.set(`${name}.${inverse.name}`, errors.get(`${inverse.resource}.list`) ?? [])
  errors.set('auth.sign-up', errors.get(`${identity?.resource}.create`) ?? [])
  return errors
}

/** A status of the catalogue keeps its own problems beside those that are declared. */
export function withDeclaredErrors(
  operation: OperationObject,
  errors: DeclaredErrors,
): OperationObject {
  const declared = errors.get(operation.operationId) ?? []
  if (declared.length === 0) return operation
  const byStatus = Object.entries(Object.groupBy(declared, ({ status }) => status))
  const responses = byStatus.map(([status, some = []]) => [status, declaredResponse(status, some)])
  return {
    ...operation,
    responses: { ...operation.responses, ...Object.fromEntries(responses) },
  }
}

function declaredResponse(status: string, errors: readonly DeclaredError[]): Response {
  return problemResponse(
    errors.map(({ code, title }) => `\`${code}\`: ${title}.`).join('\n\n'),
    { anyOf: [...errors.map(errorSchema), reference('schemas', 'Problem')] },
    isRetried(Number(status)),
  )
}

function errorSchema({ code, data }: DeclaredError): JsonSchema {
  return {
    allOf: [
      reference('schemas', 'Problem'),
      {
        type: 'object',
        properties: {
          code: { const: code },
          ...(data.length > 0 && { data: codec.schemaOfShape(data) }),
        },
        required: data.length > 0 ? ['code', 'data'] : ['code'],
      },
    ],
  }
}
