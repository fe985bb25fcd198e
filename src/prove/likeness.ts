/** Whether what runs at a URL is the backend that is declared here: told by its operations. */

import { openApi } from '../emit/openapi/openapi.ts'
import type { Model } from '../model/model.ts'
import { CatalogueError } from './catalogue.ts'
import { createSender, type Reply } from './http.ts'

const document = '/openapi.json'
const namedMax = 3

/**
 * Null where both have the same operations, else why it cannot be told. Rejects where nothing
 * answers, and where another backend does.
 */
export async function compareRunning(url: string, model: Model): Promise<string | null> {
  const sender = createSender({ url, keepAlive: false })
  try {
    return verdictOf(await sender.send({ path: document }), url, model)
  } finally {
    sender.close()
  }
}

function verdictOf(reply: Reply, url: string, model: Model): string | null {
  if (reply.status === null) {
    throw new CatalogueError(`Nothing answers at ${url} (${reply.code}): is the backend running?`)
  }
  if (reply.status !== 200) {
    return `${url} publishes no ${document} (it answers ${reply.status}; DOCS=off?): it could not be compared with the backend that is declared here.`
  }
  const running = operationsOf(reply.json)
  if (running === null) {
    throw new CatalogueError(`What answers at ${url} is no backend of Mettle: see its ${document}.`)
  }
  const declared = operationsOf(openApi(model)) ?? []
  const lacks = declared.filter(operation => !running.includes(operation))
  const more = running.filter(operation => !declared.includes(operation))
  if (lacks.length === 0 && more.length === 0) return null
  const found = [
    ...(lacks.length === 0 ? [] : [`it lacks ${some(lacks)}`]),
    ...(more.length === 0 ? [] : [`it has ${some(more)} besides`]),
  ].join('; ')
  throw new CatalogueError(
    `The backend at ${url} is not ${model.name} as it is declared here: ${found}.\nName the file that it serves with --backend, or restart it with this one.`,
  )
}

/** `GET /api/v1/orders`; null where it is no OpenAPI document. */
function operationsOf(json: unknown): readonly string[] | null {
  const paths = memberOf(json, 'paths')
  if (paths === null) return null
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(Object(item)).map(method => `${method.toUpperCase()} ${path}`),
  )
}

function memberOf(json: unknown, name: string): object | null {
  const value: unknown =
    typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  return typeof value === 'object' ? value : null
}

function some(names: readonly string[]): string {
  const rest = names.length - namedMax
  const named = names.slice(0, namedMax).join(', ')
  return rest > 0 ? `${named} and ${rest} more` : named
}
