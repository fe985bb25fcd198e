/**
 * The reference page: one self-contained HTML file of a document. It loads nothing, and its
 * Content-Security-Policy lets nothing run but its own script.
 */

import { createHash } from 'node:crypto'
import type { OpenApiDocument } from '../openapi/document.ts'
import { html, type Markup, phrase, prose, trusted } from './markup.ts'
import { type Entry, operationView } from './operation-view.ts'
import { memberTable, type View, viewOf } from './schema-view.ts'
import { clientScript } from './script-client.ts'
import { consoleScript } from './script-console.ts'
import { pageScript } from './script-page.ts'
import { style } from './style.ts'

interface ReferencePage {
  readonly html: string
  /** The Content-Security-Policy that the page is to be served with. */
  readonly policy: string
}

export function referencePage(document: OpenApiDocument): ReferencePage {
  const view = viewOf(document)
  const groups = groupsOf(document)
  const script = `'use strict';{${pageScript}${clientScript}${consoleScript}}`
  const { title, description } = document.info
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} API</title>
        <link rel="icon" href="data:," />
        ${trusted(`<style>${style}</style>`)}
      </head>
      <body data-identity="${'/auth/sign-in' in document.paths ? 'yes' : 'no'}">
        <a class="skip" href="#content">Skip to the operations</a>
        ${header(title)}
        <nav id="menu" aria-label="Operations">
          <input
            id="search"
            type="search"
            placeholder="Operation, field, error code"
            aria-label="Search operations, fields and error codes"
            autocomplete="off"
          />
          ${groups.map(group => menuOf(group))}
          <p id="nothing" hidden>Nothing is called so.</p>
        </nav>
        <main id="content" tabindex="-1">
          <section class="introduction">
            <h1>${title}</h1>
            ${prose(description)}
            <p class="files">
              <a href="/openapi.json">OpenAPI 3.1</a
              ><a href="/collection.json">Collection for API tools</a>
            </p>
          </section>
          ${groups.map(group => groupView(view, document, group))}
        </main>
        ${signInDialog} ${trusted(`<script>${script}</script>`)}
      </body>
    </html> `
  return { html: page.markup, policy: policyFor(script) }
}

function policyFor(script: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

interface Group {
  readonly name: string
  readonly description: string
  readonly entries: readonly Entry[]
}

/** In the order of the tags. */
function groupsOf({ tags, paths }: OpenApiDocument): readonly Group[] {
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
  return tags.map(tag => ({
    ...tag,
    entries: entries.filter(({ operation }) => operation.tags[0] === tag.name),
  }))
}

function header(title: string): Markup {
  return html`<header>
    <button id="open-menu" type="button" aria-expanded="false" aria-controls="menu">Menu</button>
    <a class="name" href="#">${title}</a>
    <button id="theme" type="button" aria-label="Switch between light and dark">
      Light or dark
    </button>
    <span id="caller"></span>
    <button id="sign" type="button" hidden>Sign in</button>
  </header>`
}

function menuOf({ name, entries }: Group): Markup {
  return html`<section>
    <h2><a href="#${anchorOf(name)}">${name}</a></h2>
    <ul>
      ${entries.map(
        ({ method, path, operation }) =>
          html`<li
            data-search="${`${operation.operationId} ${operation.summary} ${path} ${method}`.toLowerCase()}"
          >
            <a href="#${operation.operationId}"
              ><span class="method ${method.toLowerCase()}"
                >${method === 'DELETE' ? 'DEL' : method}</span
              >${operation.summary}</a
            >
          </li>`,
      )}
    </ul>
  </section>`
}

function groupView(view: View, document: OpenApiDocument, group: Group): Markup {
  const row = document.components.schemas[`${group.name}.row`]
  const table = row === undefined ? null : memberTable(view, row)
  return html`<section class="group" id="${anchorOf(group.name)}">
    <h2>${group.name}</h2>
    <p>${phrase(group.description)}</p>
    ${
      table === null
        ? null
        : html`<details class="row">
            <summary>Fields</summary>
            ${table}
          </details>`
    }${group.entries.map(entry => operationView(view, entry))}
  </section>`
}

/** Apart from the names of operations. */
function anchorOf(group: string): string {
  return `of-${group}`
}

const signInDialog = html`<dialog id="sign-in" aria-labelledby="sign-in-title">
  <form>
    <h2 id="sign-in-title">Sign in</h2>
    <label for="email">E-mail</label
    ><input id="email" type="email" autocomplete="username" required />
    <label for="password">Password</label
    ><input id="password" type="password" autocomplete="current-password" required />
    <p id="sign-in-says" role="alert"></p>
    <div>
      <button type="submit" class="send">Sign in</button
      ><button type="button" id="sign-in-close">Close</button>
    </div>
  </form>
</dialog>`
