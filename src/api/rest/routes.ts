/** REST: every path that a model gives. */

import type { Execute } from '../../engine/operation.ts'
import type { Model } from '../../model/model.ts'
import type { Route } from '../http/route.ts'
import { resourceRoutes } from './resource-routes.ts'
import { commandRoute, queryRoute } from './work-routes.ts'

/** Wire format to operation and back; every rule is behind `execute`. */
export function restRoutes(model: Model, execute: Execute): readonly Route[] {
  return [
    ...[...model.resources.values()].flatMap(resource => resourceRoutes(resource, execute)),
    ...[...model.commands.values()].map(command => commandRoute(command, execute)),
    ...[...model.queries.values()].map(query => queryRoute(query, execute)),
  ]
}
