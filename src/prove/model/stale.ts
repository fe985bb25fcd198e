/** Changes that name a version which the row has no more, in every form that a change may have. */

import { quoteName } from '../../base/quote.ts'
import { apiPath } from '../../model/names.ts'
import type { Model, ResourceModel } from '../../model/model.ts'
import type { Caller } from '../callers.ts'
import type { Request } from '../http.ts'
import type { Service } from '../service.ts'
import { partsOf } from './deeds.ts'
import { type Endpoint, endpointsOf, endpointWish, requestFor, stepFor } from './endpoints.ts'

interface StaleTries {
  /** Only those whose like was taken with the right version. */
  readonly tried: number
  /** `PATCH products in a batch`. */
  readonly taken: readonly string[]
}

interface Form {
  readonly name: string
  readonly request: (endpoint: Endpoint, id: string, input: Input, tag: string) => Request
}

type Input = Readonly<Record<string, unknown>>

const forms: readonly Form[] = [
  {
    name: 'alone',
    request: (endpoint, id, input, tag) => ({
      ...requestFor(endpoint, id, input),
      headers: { 'if-match': tag },
    }),
  },
  ...[false, true].map(atomic => ({
    name: atomic ? 'in an atomic batch' : 'in a batch',
    request: (endpoint: Endpoint, id: string, input: Input, tag: string) => ({
      path: `${apiPath}/batch`,
      body: { atomic, operations: [{ ...stepFor(endpoint, id, input), ifMatch: tag }] },
    }),
  })),
]

const changes: ReadonlySet<string> = new Set(['update', 'replace', 'delete'])

/** Every change that some caller may make, of a row of its own each. */
export async function tryStale(service: Service, model: Model): Promise<StaleTries> {
  const tries: { readonly name: string; readonly verdict: Verdict }[] = []
  for (const endpoint of endpointsOf(model)) {
    const { form, method, resource } = endpoint
    if (resource === null || isShared(resource) || !changes.has(form)) continue
    const part = partsOf(model).find(([, actor]) => endpointWish(model, endpoint, actor) !== null)
    if (part === undefined) continue
    const caller = await service.callers.as(part[0])
    for (const each of forms) {
      const verdict = await tryOne(service, model, endpoint, each, caller)
      tries.push({ name: `${method} ${resource.name} ${each.name}`, verdict })
    }
  }
  return {
    tried: tries.filter(({ verdict }) => verdict !== 'unknown').length,
    taken: tries.filter(({ verdict }) => verdict === 'taken').map(({ name }) => name),
  }
}

/** Whether another drill may plant the very same row, as only one may be like it. */
function isShared({ identity, fields }: ResourceModel): boolean {
  return identity || fields.some(({ kind, unique }) => kind === 'ref' && unique)
}

type Verdict = 'taken' | 'refused' | 'unknown'

async function tryOne(
  service: Service,
  model: Model,
  endpoint: Endpoint,
  { request }: Form,
  caller: Caller,
): Promise<Verdict> {
  const { rows, records, send } = service
  const resource = endpoint.resource!
  const wish = endpointWish(model, endpoint, caller)
  if (wish === null) return 'unknown'
  const { id } = await rows.plant(resource, wish)
  const headers = await caller.headers()
  const input = await inputFor(service, endpoint)
  const tagNow = async () => {
    const { headers: told } = await send({ path: `${apiPath}/${resource.name}/${id}`, headers })
    return String(told['etag'])
  }
  const change = async (tag: string): Promise<boolean> => {
    const before = await rows.stored(resource, id, 'version')
    const asked = request(endpoint, id, input, tag)
    await send({ ...asked, headers: { ...headers, ...asked.headers } })
    return (await rows.stored(resource, id, 'version')) !== before
  }
  const old = await tagNow()
  const newer = `update ${quoteName(resource.table)} set "version" = "version" + 1 where "id" = $1`
  await records.query(newer, [id])
  if (await change(old)) return 'taken'
  return (await change(await tagNow())) ? 'refused' : 'unknown'
}

/** All that may be given: one value alone may be what the row has, and then nothing changes. */
async function inputFor({ rows }: Service, { form, fields }: Endpoint): Promise<Input> {
  const given = fields
    .filter(({ kind, access }) => access.write === null && (form === 'replace' || kind !== 'ref'))
    .map(field => ({ ...field, optional: false, default: null }))
  return form === 'delete' ? {} : rows.input(given)
}
