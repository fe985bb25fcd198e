/** Everything that the API answers, held against what its own document promises. */

import type { OpenApiDocument } from '../../emit/openapi/document.ts'
import type { Model } from '../../model/model.ts'
import type { AttackContext } from '../attack.ts'
import { contractOf } from '../contract/contract.ts'
import { schemasOf } from '../contract/json-schema.ts'
import { drill } from '../drill.ts'
import { partsOf } from '../model/deeds.ts'
import { endpointsOf, endpointWish } from '../model/endpoints.ts'
import { type Stop, takeTour } from '../model/tour.ts'

export default drill({
  id: 'contract',
  group: 'release',
  promise: 'api.docs',
  reach: 'outside',
  claim:
    'Every answer is one that the document of the API promises, and every operation stands in it',
  explained: {
    does: 'asks for every operation by those who may and those who may not, rightly and in every wrong way, and holds each answer to `/openapi.json`; counts breaches, and operations that are not in it',
    bar: 'every answer is one that the document promises',
    asks: 'an operation of the API',
    seconds: 8,
  },
  needs: model => (endpointsOf(model).length > 0 ? null : 'the API has no operation'),
  async attack(context) {
    const document = await documentOf(context)
    const contract = contractOf(document, schemasOf(document))
    context.progress('asking for every operation, rightly and wrongly')
    const stops = await takeTour(context)
    const answered = stops.filter(({ reply }) => reply.status !== null)
    const breaches = answered.flatMap(stop => breachesOf(contract, stop))
    const documented = Object.values(document.paths).flatMap(item =>
      Object.values(item).map(({ operationId }) => operationId),
    )
    const visited = new Set(
      answered.map(({ request }) => contract.operationOf(methodOf(request), pathOf(request))),
    )
    const undocumented = openEndpoints(context.model).filter(
      ({ method, path }) => contract.operationOf(method, path.replace('{id}', 'id')) === null,
    )
    return {
      attack: `${stops.length} requests to every operation, by those who may and those who may not, right and wrong`,
      size: answered.length,
      inFlight: null,
      figures: {
        answers: answered.length,
        unanswered: stops.length - answered.length,
        statuses: new Set(answered.map(({ reply }) => reply.status)).size,
        operations: documented.length,
        unvisited: documented.filter(each => !visited.has(each)).length,
        undocumented: undocumented.length,
        breaches: breaches.length,
        found: [...new Set(breaches)].slice(0, 3).join('; ') || 'nothing',
      },
    }
  },
  judge: ({ breaches, found, undocumented, unvisited, operations }) => [
    ...(breaches === 0 ? [] : [`${breaches} answers were not promised: ${found}`]),
    ...(undocumented === 0 ? [] : [`${undocumented} operations are not in the document`]),
    ...(unvisited < operations ? [] : ['no operation of the document was asked for']),
  ],
})

/** What nobody may do is not promised. */
function openEndpoints(model: Model) {
  const parts = partsOf(model)
  return endpointsOf(model).filter(endpoint =>
    parts.some(([, actor]) => endpointWish(model, endpoint, actor) !== null),
  )
}

async function documentOf({ service }: AttackContext): Promise<OpenApiDocument> {
  const { status, text } = await service.send({ path: '/openapi.json' })
  if (status !== 200) throw new Error(`/openapi.json was answered ${status}`)
  return JSON.parse(text)
}

function breachesOf(
  contract: ReturnType<typeof contractOf>,
  { request, reply }: Stop,
): readonly string[] {
  const { status, headers, text } = reply
  const method = methodOf(request)
  const path = request.path
  return contract
    .breaches({ method, path, status: status!, headers, text })
    .map(breach => `${method} ${shown(path)} ${status}: ${breach}`)
}

function shown(path: string): string {
  return path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').slice(0, 80)
}

function methodOf({ method, body, raw }: Stop['request']): string {
  return method ?? (body === undefined && raw === undefined ? 'GET' : 'POST')
}

function pathOf({ path }: Stop['request']): string {
  return path.split('?', 1)[0]!
}
