/** A page is found by reading every page before it, as an offset is. */

import type { Answer, Execute, ListInput, OperationRequest } from '../../../engine/operation.ts'
import { broken } from '../broken.ts'

/** How many pages stand before the one that a cursor begins. */
const depths = new Map<string, number>()

export default broken('a page is found by reading all pages before it', {
  execute: execute => async request => {
    const { operation } = request
    if (operation.kind !== 'list') return execute(request)
    const depth = depths.get(operation.list.after ?? '') ?? 0
    await readFirst(execute, request, depth)
    const answer = await execute(request)
    const next = nextIn(answer)
    if (next !== null) depths.set(next, depth + 1)
    return answer
  },
})

async function readFirst(execute: Execute, request: OperationRequest, pages: number) {
  let after: string | null = null
  for (let page = 0; page < pages; page++) {
    after = nextIn(await execute(withList(request, { after })))
    if (after === null) return
  }
}

function withList(request: OperationRequest, list: Partial<ListInput>): OperationRequest {
  const { operation } = request
  if (operation.kind !== 'list') return request
  return { ...request, operation: { ...operation, list: { ...operation.list, ...list } } }
}

function nextIn({ body }: Answer): string | null {
  return /"next":"([^"]+)"/.exec(body?.slice(-400) ?? '')?.[1] ?? null
}
