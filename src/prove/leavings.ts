/** What a run made in a backend that is not ours: deleted at the end, and what remains is named. */

import { apiPath } from '../model/names.ts'
import type { Model } from '../model/model.ts'
import { memberOf, type Reply, type Request, type Sender } from './http.ts'
import { subjectOf } from './tokens/forge.ts'

interface Account {
  readonly id: string
  readonly email: string
  password: string
}

interface Row {
  readonly resource: string
  readonly id: string
  /** The id of the account that made it; null where a cookie or nobody did. */
  readonly maker: string | null
}

type Headers = Readonly<Record<string, string>>

export class Leavings {
  readonly #model: Model
  readonly #send: Sender['send']
  readonly #accounts: Account[] = []
  readonly #rows = new Map<string, Row>()
  /** Commands that answer no row, and how often each was done. */
  readonly #commands = new Map<string, number>()

  constructor(model: Model, send: Sender['send']) {
    this.#model = model
    this.#send = send
  }

  /** To be told of every request and its answer. */
  note(request: Request, reply: Reply): void {
    if (reply.status === null || reply.status >= 300) return
    const path = request.path.split('?', 1)[0]!
    const body = Object(request.body)
    if (path === '/auth/sign-up') this.#noteAccount(body, reply)
    else if (path === '/auth/password') this.#renew(body)
    else if (path === `${apiPath}/batch`) this.#noteBatch(request, reply)
    else this.#noteWork(request, path, reply)
  }

  /** Deletes what the API lets its makers delete. Resolves to what remains, in words. */
  async clear(): Promise<readonly string[]> {
    const entered = new Map<string, Headers>()
    for (const account of this.#accounts) {
      const headers = await enter(this.#send, account)
      if (headers !== null) entered.set(account.id, headers)
    }
    // Later ones may refer to earlier ones, and all of them to the accounts.
    for (const row of [...this.#rows.values()].toReversed()) await this.#removeRow(row, entered)
    const kept: Account[] = []
    for (const account of this.#accounts) {
      if (!(await this.#removeAccount(account, entered.get(account.id)))) kept.push(account)
    }
    const rows = rowTexts([...this.#rows.values()])
    return [...accountsText(kept), ...rows, ...commandTexts(this.#commands)]
  }

  #noteAccount(body: object, { json }: Reply): void {
    const id = memberOf(Object(json).user, 'id')
    const [email, password] = [memberOf(body, 'email'), memberOf(body, 'password')]
    if (id !== null && email !== null && password !== null)
      this.#accounts.push({ id, email, password })
  }

  #renew(body: object): void {
    const account = this.#accounts.find(({ password }) => password === memberOf(body, 'current'))
    const next = memberOf(body, 'next')
    if (account !== undefined && next !== null) account.password = next
  }

  #forget(resource: string, id: string): void {
    this.#rows.delete(`${resource} ${id}`)
    const at = this.#accounts.findIndex(account => account.id === id)
    if (resource === this.#model.identity?.resource && at >= 0) this.#accounts.splice(at, 1)
  }

  #noteWork({ method, body, raw, headers }: Request, path: string, reply: Reply): void {
    const isPost = (method ?? (body === undefined && raw === undefined ? 'GET' : 'POST')) === 'POST'
    const [name = '', id] = path.slice(apiPath.length + 1).split('/')
    if (method === 'DELETE' && id !== undefined) this.#forget(name, id)
    if (!isPost || !path.startsWith(`${apiPath}/`) || id !== undefined) return
    this.#noteMade(name, reply.json, subjectOf(headers?.['authorization']))
  }

  #noteBatch({ body, headers }: Request, { json }: Reply): void {
    const steps: unknown = Object(body).operations
    const results: unknown = Object(json).results
    if (!Array.isArray(steps) || !Array.isArray(results)) return
    for (const [at, result] of results.entries()) {
      const done: { readonly status?: unknown; readonly body?: unknown } = Object(result)
      const name = memberOf(steps[at], 'operation')?.replace(/\.create$/, '') ?? ''
      if (done.status === 200 || done.status === 201) {
        this.#noteMade(name, done.body, subjectOf(headers?.['authorization']))
      }
    }
  }

  /** `name`: of the command, or of the resource of which a row was created. */
  #noteMade(name: string, answered: unknown, maker: string | null): void {
    const output = this.#model.commands.get(name)?.output
    const resource = output?.kind === 'resource' ? output.resource : name
    const made = memberOf(answered, 'id')
    if (this.#model.resources.has(resource) && made !== null) {
      this.#rows.set(`${resource} ${made}`, { resource, id: made, maker })
    } else if (output !== undefined) this.#commands.set(name, (this.#commands.get(name) ?? 0) + 1)
  }

  async #removeRow(row: Row, entered: ReadonlyMap<string, Headers>): Promise<void> {
    const maker = entered.get(row.maker ?? '')
    const callers = maker === undefined ? [{}, ...entered.values()] : [maker]
    for (const headers of callers) {
      const path = `${apiPath}/${row.resource}/${row.id}`
      const { status } = await this.#send({ path, method: 'DELETE', headers })
      // Its maker does not find what went with another row.
      if (status !== 204 && (status !== 404 || maker === undefined)) continue
      this.#rows.delete(`${row.resource} ${row.id}`)
      return
    }
  }

  /** What cannot be deleted is at least shut: it has no key and no session any more. */
  async #removeAccount({ id }: Account, headers: Headers | undefined): Promise<boolean> {
    if (headers === undefined) return false
    const users = this.#model.resources.get(this.#model.identity!.resource)!
    const path = `${apiPath}/${users.name}/${id}`
    const { status } = await this.#send({ path, method: 'DELETE', headers })
    if (status === 204) return true
    await this.#send({ path: '/auth/api-keys', method: 'DELETE', headers })
    await this.#send({ path: '/auth/sessions', method: 'DELETE', headers })
    await this.#send({ path: '/auth/sign-out', method: 'POST', headers })
    return false
  }
}

async function enter(send: Sender['send'], { email, password }: Account): Promise<Headers | null> {
  const reply = await send({ path: '/auth/token', body: { email, password } })
  const token = memberOf(reply.json, 'accessToken')
  return token === null ? null : { authorization: `Bearer ${token}` }
}

function accountsText(kept: readonly Account[]): readonly string[] {
  const emails = kept.map(({ email }) => email).join(', ')
  return kept.length === 0 ? [] : [`${counted(kept.length, 'account')}: ${emails}`]
}

function rowTexts(rows: readonly Row[]): readonly string[] {
  const names = new Set(rows.map(({ resource }) => resource))
  return [...names].map(name => {
    const ids = rows.filter(({ resource }) => resource === name).map(({ id }) => id)
    return `${counted(ids.length, 'row')} of ${name}: ${ids.join(', ')}`
  })
}

function commandTexts(commands: ReadonlyMap<string, number>): readonly string[] {
  return [...commands].map(([name, count]) => `what ${name} did, ${counted(count, 'time')}`)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
