/** Writes are acknowledged before they are done. */

import type { Answer } from '../../../engine/operation.ts'
import { broken } from '../broken.ts'

const behindMs = 400

const acknowledged: Answer = {
  status: 201,
  body: null,
  tag: null,
  created: null,
  replayed: false,
  shared: false,
  headers: {},
}

export default broken('writes are acknowledged before they are done', {
  execute: execute => async request => {
    const { kind } = request.operation
    if (kind !== 'create' && kind !== 'command') return execute(request)
    setTimeout(() => void execute({ ...request, signal: null }).catch(() => {}), behindMs)
    return acknowledged
  },
})
