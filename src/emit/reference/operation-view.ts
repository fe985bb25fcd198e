/** One operation of the reference: what it takes, as a form to try it; what it answers. */

import type { MediaType, OperationObject, Parameter, Response } from '../openapi/document.ts'
import { html, type Markup, phrase, prose } from './markup.ts'
import { exampleOf, membersOf, memberTable, typeInWords, type View } from './schema-view.ts'

/** An operation at its place. */
export interface Entry {
  readonly method: string
  readonly path: string
  readonly operation: OperationObject
}

/** The words of `client.<…>` where the typed client has them; null where it has none. */
function clientCall({ operation }: Entry): string | null {
  const { operationId, tags } = operation
  const [tag = ''] = tags
  if (operationId === 'batch') return 'batch'
  if (tag === 'commands' || tag === 'queries') return `${tag}.${camelCased(operationId)}`
  const kind = operationId.slice(tag.length + 1)
  const called = operationId === `${tag}.${kind}` ? rowCalls[kind] : undefined
  return called === undefined ? null : `${camelCased(tag)}.${called}`
}

const rowCalls: Readonly<Record<string, string>> = {
  list: 'list',
  aggregate: 'aggregate',
  read: 'get',
  create: 'create',
  replace: 'replace',
  update: 'update',
  delete: 'delete',
}

function camelCased(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

export function operationView(view: View, entry: Entry): Markup {
  const { method, path, operation } = entry
  const { operationId, summary, description, security } = operation
  const isOpen = security === undefined || security.some(one => Object.keys(one).length === 0)
  return html`<details
    class="operation"
    id="${operationId}"
    data-method="${method}"
    data-path="${path}"
    data-call="${clientCall(entry) ?? ''}"
  >
    <summary>
      <span class="method ${method.toLowerCase()}">${method}</span><code class="path">${path}</code
      ><span class="says">${summary}</span
      >${isOpen ? null : html`<span class="lock" title="Needs a signed-in caller">signed in</span>`}
    </summary>
    <form class="body">
      <div class="takes">
        ${description === undefined ? null : prose(description)} ${parameterFields(view, operation)}
        ${bodyField(view, operation)} ${responses(view, operation)}
      </div>
      <div class="tries">
        <div class="samples">
          <div class="tabs" role="tablist" aria-label="Code for ${operationId}"></div>
          <pre tabindex="0"><code class="sample"></code></pre>
          <button type="button" class="copy">Copy</button>
        </div>
        <button type="submit" class="send">Send request</button>
        <a class="anchor" href="#${operationId}">Link</a>
        <div class="answer" aria-live="polite"></div>
      </div>
    </form>
  </details>`
}

/** Everything that goes by field of the row, apart from the rest: there is a lot of it. */
function parameterFields(view: View, { operationId, parameters = [] }: OperationObject): Markup {
  const all = parameters.map(view.parameter)
  const fields = Map.groupBy(
    all.filter(one => one.in === 'query'),
    ({ name }) => name.replace(/\[\w+\]$/, ''),
  )
  const isFilter = (name: string) =>
    (fields.get(name) ?? []).some(one => one.name.endsWith(']')) && !name.includes('[')
  const plain = all.filter(one => one.in !== 'query' || !isFilter(one.name.replace(/\[\w+\]$/, '')))
  const filters = [...fields].filter(([name]) => isFilter(name))
  return html`${
    plain.length === 0
      ? null
      : html`<fieldset>
          <legend>Parameters</legend>
          ${plain.map(one => plainField(view, operationId, one))}
        </fieldset>`
  }${
    filters.length === 0
      ? null
      : html`<fieldset class="filters">
          <legend>Filters</legend>
          ${filters.map(([name, some]) => filterField(view, operationId, name, some))}
        </fieldset>`
  }`
}

function plainField(view: View, operationId: string, parameter: Parameter): Markup {
  const { name, required, description = '' } = parameter
  const id = `${operationId}:${name}`
  return html`<div class="field">
    <label for="${id}"
      ><code>${name}</code>${required === true ? html`<b>required</b>` : null}</label
    >
    <input
      id="${id}"
      data-in="${parameter.example === undefined ? parameter.in : 'pairs'}"
      data-name="${name}"
      autocomplete="off"
      spellcheck="false"
      placeholder="${hint(view, parameter)}"
    />
    ${description === '' ? null : html`<small>${phrase(description)}</small>`}
  </div>`
}

/** A long choice is told beside. */
function hint(view: View, { schema, example }: Parameter): string {
  if (example !== undefined)
    return Object.entries(example)
      .map(pair => pair.join('='))
      .join('&')
  if (schema['type'] === 'array') return 'with commas between'
  return typeInWords(view, schema)
}

function filterField(
  view: View,
  operationId: string,
  field: string,
  parameters: readonly Parameter[],
): Markup {
  const id = `${operationId}:filter:${field}`
  const first = parameters.find(({ name }) => name === field) ?? parameters[0]!
  const options = parameters.map(({ name }) => {
    const operator = /\[(\w+)\]$/.exec(name)?.[1] ?? 'eq'
    return html`<option value="${name}">${operator}</option>`
  })
  return html`<div class="field filter">
    <label for="${id}"><code>${field}</code></label>
    <select aria-label="How ${field} compares">
      ${options}
    </select>
    <input
      id="${id}"
      data-in="filter"
      autocomplete="off"
      spellcheck="false"
      placeholder="${typeInWords(view, first.schema)}"
    />
  </div>`
}

function bodyField(view: View, { operationId, requestBody }: OperationObject): Markup | null {
  const [media] = Object.entries(requestBody?.content ?? {})
  if (media === undefined) return null
  const [type, { schema }] = media
  const id = `${operationId}:body`
  const text = JSON.stringify(exampleOf(view, schema), null, 2)
  return html`<fieldset>
    <legend>Body</legend>
    ${memberTable(view, schema)}
    <label class="editor" for="${id}">${type}</label>
    <textarea
      id="${id}"
      data-in="body"
      data-type="${type}"
      spellcheck="false"
      rows="${Math.min(14, text.split('\n').length + 1)}"
    >
${text}</textarea>
  </fieldset>`
}

function responses(view: View, operation: OperationObject): Markup {
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const response = view.response(given)
    const kind = status.startsWith('2') ? 'good' : status.startsWith('3') ? 'same' : 'bad'
    const lines = response.description.split('\n\n')
    const [first = '', ...more] = lines
    return html`<tr>
      <th scope="row" class="${kind}">${status}</th>
      <td>
        ${
          more.length === 0
            ? phrase(first)
            : html`<details>
                <summary>${lines.length} problems</summary>
                <ul>
                  ${lines.map(line => html`<li>${phrase(line)}</li>`)}
                </ul>
              </details>`
        }${answerBody(view, response)}
      </td>
    </tr>`
  })
  return html`<fieldset>
    <legend>Answers</legend>
    <table class="answers">
      <tbody>
        ${rows}
      </tbody>
    </table>
  </fieldset>`
}

function answerBody(view: View, { content = {} }: Response): Markup | null {
  const json: MediaType | undefined = content['application/json']
  const table = json === undefined ? null : memberTable(view, contentOf(view, json))
  return table === null
    ? null
    : html`<details>
        <summary>Members</summary>
        ${table}
      </details>`
}

/** Of a page the rows: everybody knows what `data` and `next` are. */
function contentOf(view: View, { schema }: MediaType): unknown {
  return membersOf(view.schema(schema))['data'] ?? schema
}
