/** A model with every kind of path, and a REST server over it whose engine does as it is told. */

import type { TestContext } from 'node:test'

import { access, backend, command, field, query, resource, sql } from '../../../src/index.ts'
import { problem } from '../../../src/base/errors.ts'
import type { Observation } from '../../../src/base/observe.ts'
import type { Answer, OperationRequest } from '../../../src/engine/operation.ts'
import { buildModel } from '../../../src/model/build.ts'
import { createHttpServer } from '../../../src/api/server.ts'
import { begin, plainSettings } from '../http/open-server.ts'

const { anyone } = access
const open = { read: anyone, create: anyone, update: anyone, delete: anyone }

const people = resource('people', { fields: { name: field.text() }, access: open })

/** Two references lead to the same parent: the names of their inverses tell them apart. */
const letters = resource('letters', {
  fields: {
    sender: field.ref('people', { inverse: 'sentLetters' }),
    reader: field.ref('people', { inverse: 'inbox' }),
    text: field.text(),
  },
  access: open,
})

const burn = command('burn', {
  input: { all: field.boolean({ optional: true }) },
  access: anyone,
  uses: { letters },
  run: async () => undefined,
})

const topSenders = query('top-senders', {
  input: {
    limit: field.integer({ optional: true }),
    name: field.text({ optional: true }),
  },
  output: { sender: field.ref('people'), count: field.integer() },
  access: anyone,
  sql: () => sql`select sender_id as sender, 1 as count from letters`,
})

const smallModel = buildModel(backend('post', { parts: { people, letters, burn, topSenders } }))

export const emptyModel = buildModel(backend('empty', { parts: {} }))

export const id = '0190c5f0-5f9c-7000-8000-0123456789ab'

export const row: Answer = {
  status: 200,
  body: `{"id":"${id}","version":3}`,
  tag: '3-abc',
  created: null,
  replayed: false,
  shared: false,
  headers: {},
}

/** The engine's part: what it was asked, and what it answers. */
export type Script = (request: OperationRequest, attempt: number) => Answer

export async function openRest(t: TestContext, script: Script = () => row) {
  const observations: Observation[] = []
  const asked: OperationRequest[] = []
  const server = createHttpServer({
    ...plainSettings(observations),
    model: smallModel,
    execute: async request => script(request, asked.push(request)),
    executeBatch: () => Promise.reject(problem('run.not-found')),
    extraRoutes: [],
  })
  return { ...(await begin(t, server, observations)), asked }
}

export const stale = () => problem('run.stale')
