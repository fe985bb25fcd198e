/** The contract of a backend as TypeScript: the types that `mettle/client` infers, written out. */

import { problemKinds } from '../../base/errors.ts'
import { rowOperations } from '../../declare/row-operation.ts'
import { measureOf } from '../../model/measures.ts'
import type {
  CommandModel,
  FieldModel,
  HookModel,
  Model,
  OutputModel,
  QueryModel,
  ResourceModel,
} from '../../model/model.ts'
import { isReadable, isWritable } from '../openapi/guards.ts'
import {
  filterText,
  isOmissible,
  memberLines,
  noMembers,
  objectText,
  quoted,
} from './field-types.ts'

/** `type Backend = { … }` and the codes of every problem. */
export function contractText(model: Model): string {
  const codes = Object.keys(problemKinds).map(code => `  | ${quoted(code)}`)
  return [
    `export type ProblemCode =\n${codes.join('\n')}`,
    '',
    `/** What ${quoted(model.name)} offers. */`,
    `export type Backend = ${block([
      ['resources', record(model.resources, resource => resourceText(resource, model))],
      ['commands', record(model.commands, command => commandText(command, model))],
      ['queries', record(model.queries, query => queryText(query, model))],
      ['auth', authText(model)],
    ])}`,
    '',
  ].join('\n')
}

type Member = readonly [name: string, type: string]

function block(members: readonly Member[]): string {
  const lines = members.map(([name, type]) => `readonly ${propertyName(name)}: ${type}`)
  return braces(lines)
}

function braces(lines: readonly string[]): string {
  if (lines.length === 0) return noMembers
  return `{\n${indented(lines.join('\n'))}\n}`
}

function indented(text: string): string {
  return text
    .split('\n')
    .map(line => `  ${line}`)
    .join('\n')
}

function record<Part>(parts: ReadonlyMap<string, Part>, text: (part: Part) => string): string {
  const members = [...parts].map(([name, part]): Member => [clientName(name), text(part)])
  return block(members)
}

function resourceText(resource: ResourceModel, model: Model): string {
  const declared = resource.fields.filter(({ system }) => !system)
  const readable = declared.filter(isReadable)
  const writable = declared.filter(isWritable)
  const places = readable.filter(({ kind }) => kind === 'document')
  const references = declared.filter(({ kind }) => kind === 'ref')
  const hidden = ({ access }: FieldModel) => access.read !== null
  const create = memberLines(writable, 'sent', isOmissible)
  return block([
    ['row', `RowHeader & ${braces(memberLines(readable, 'read', hidden))}`],
    ['create', braces(['readonly id?: string', ...create])],
    ['replace', braces(memberLines(writable, 'sent', ({ optional }) => optional))],
    ['update', braces(memberLines(writable, 'sent', () => true))],
    [
      'filter',
      ['HeaderFilter', braces(readable.map(filterLine)), ...places.map(placeFilters)].join(' & '),
    ],
    ['sort', names(['keyof RowHeader', ...places.map(placeNames)], readable, isSortable)],
    ['number', names(["'version'"], readable, field => measureOf('sum', field) !== null)],
    [
      'ordered',
      names(
        ["Exclude<keyof RowHeader, 'id'>"],
        readable,
        field => measureOf('min', field) !== null,
      ),
    ],
    ['moment', names(["'createdAt'", "'updatedAt'"], readable, ({ kind }) => kind === 'timestamp')],
    ['day', names([], readable, ({ kind }) => kind === 'date')],
    ['one', relations(references.map(({ name, target }) => [name, target!]))],
    [
      'many',
      relations(
        [...resource.inverses.values()].map(({ name, resource: near, across }) => [
          name,
          across?.resource ?? near,
        ]),
      ),
    ],
    ['errors', hookErrorsText(resource, model)],
  ])
}

/** By operation, as far as hooks stand around it. */
function hookErrorsText({ name }: ResourceModel, model: Model): string {
  const members = rowOperations.map((operation): Member => {
    return [operation, block(errorsAround(`${name}.${operation}`, model))]
  })
  return block(members.filter(([, errors]) => errors !== noMembers))
}

/** Of the hooks around an operation. */
function errorsAround(operation: string, { hooks }: Model): readonly Member[] {
  return hooks.filter(({ operations }) => operations.includes(operation)).flatMap(errorsOf)
}

/** Data by code. */
function errorsOf({ name, errors }: CommandModel | HookModel): readonly Member[] {
  return [...errors.values()].map(error => [
    `${name}.${error.name}`,
    objectText(error.data, 'read'),
  ])
}

function filterLine(field: FieldModel): string {
  return `readonly ${field.name}?: ${filterText(field)}`
}

/** Of everything inside a document. */
function placeFilters(document: FieldModel): string {
  return `{ readonly [K in ${placeNames(document)}]?: PlaceFilter }`
}

function placeNames({ name }: FieldModel): string {
  return `\`${name}.\${string}\``
}

/** A union of `others` and of the names of some fields. */
function names(
  others: readonly string[],
  fields: readonly FieldModel[],
  isMeant: (field: FieldModel) => boolean,
): string {
  const own = fields.filter(isMeant).map(({ name }) => quoted(name))
  return [...others, ...own].join(' | ') || 'never'
}

function isSortable({ kind }: FieldModel): boolean {
  return kind !== 'document' && kind !== 'list' && kind !== 'object'
}

/** Names with the resources that they lead to. */
function relations(targets: readonly Member[]): string {
  return braces(targets.map(([name, target]) => `readonly ${name}: ${quoted(clientName(target))}`))
}

function commandText(command: CommandModel, model: Model): string {
  return block([
    ['input', objectText(command.input, 'sent')],
    ['output', outputText(command.output)],
    ['errors', block([...errorsOf(command), ...errorsAround(command.name, model)])],
  ])
}

function outputText(output: OutputModel): string {
  if (output.kind === 'none') return 'null'
  if (output.kind === 'object') return objectText(output.fields, 'read')
  return `Backend['resources'][${quoted(clientName(output.resource))}]['row']`
}

function queryText({ name, input, output }: QueryModel, model: Model): string {
  return block([
    ['input', objectText(input, 'sent')],
    ['row', objectText(output, 'read')],
    ['errors', block(errorsAround(name, model))],
  ])
}

function authText(model: Model): string {
  if (model.identity === null) return 'null'
  const { resource, signUp } = model.identity
  const { fields } = model.resources.get(resource)!
  const asked = memberLines(fields.filter(isWritable), 'sent', isOmissible)
  return block([
    ['signUp', quoted(signUp)],
    ['account', braces(['readonly email: string', 'readonly password: string', ...asked])],
    ['errors', block(errorsAround(`${resource}.create`, model))],
  ])
}

/** As `mettle/client` names it: `order-lines` -> `orderLines`. */
function clientName(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function propertyName(name: string): string {
  return /^[a-z]\w*$/i.test(name) ? name : quoted(name)
}
