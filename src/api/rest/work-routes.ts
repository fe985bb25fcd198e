/**
 * The paths of declared commands and queries: `POST /api/v1/checkout`, `GET /api/v1/best-sellers`.
 */

import type { Execute } from '../../engine/operation.ts'
import type { CommandModel, QueryModel } from '../../model/model.ts'
import type { Route } from '../http/route.ts'
import { apiPath } from '../../model/names.ts'
import { readAnswer, requireJsonAccepted, writeAnswer } from './answers.ts'
import { refuseConditions } from './conditions.ts'
import { readRequest, writeRequest } from './operation-request.ts'
import { parseInputQuery, refuseQuery } from './query-string.ts'

/**
 * A command without a body gets an empty input, so that one without fields is called without one.
 */
export function commandRoute({ name }: CommandModel, execute: Execute): Route {
  return {
    method: 'POST',
    path: `${apiPath}/${name}`,
    operation: name,
    async handle(request) {
      requireJsonAccepted(request)
      refuseConditions(request, ['if-match', 'if-none-match'])
      refuseQuery(request.query)
      const body = await request.json()
      const input = body === undefined ? {} : body
      return writeAnswer(
        await execute(writeRequest(request, { kind: 'command', name, input }, null)),
      )
    },
  }
}

export function queryRoute({ name }: QueryModel, execute: Execute): Route {
  return {
    method: 'GET',
    path: `${apiPath}/${name}`,
    operation: name,
    async handle(request) {
      requireJsonAccepted(request)
      const input = parseInputQuery(request.query)
      return readAnswer(
        request,
        await execute(readRequest(request, { kind: 'query', name, input })),
      )
    },
  }
}
