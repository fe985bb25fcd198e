/** The parts of an OpenAPI 3.1 document that Mettle writes, as plain data. */

import type { JsonSchema } from '../../model/kinds/index.ts'

export interface OpenApiDocument {
  readonly openapi: '3.1.1'
  readonly info: {
    readonly title: string
    readonly version: string
    readonly description: string
  }
  readonly servers: readonly Server[]
  readonly security: readonly SecurityRequirement[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  /** Path templates, `/api/v1/orders/{id}`. */
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: Components
}

interface Server {
  readonly url: string
  readonly description: string
  /** Whether only insiders reach it. */
  readonly 'x-internal': boolean
}

interface Components {
  readonly schemas: Readonly<Record<string, JsonSchema>>
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly headers: Readonly<Record<string, Header>>
  readonly responses: Readonly<Record<string, Response>>
  readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** By scheme; an empty one means that nobody needs to be signed in. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

export interface Reference {
  readonly $ref: string
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
export type PathItem = Readonly<Partial<Record<Method, OperationObject>>>

export interface OperationObject {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly parameters?: readonly (Parameter | Reference)[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, MediaType>>
  }
  /** By status. */
  readonly responses: Readonly<Record<string, Response | Reference>>
  readonly security?: readonly SecurityRequirement[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header' | 'path'
  readonly required?: boolean
  readonly description?: string
  readonly style?: 'form'
  readonly explode?: boolean
  /** Of an object, each of whose members is a parameter of its own. */
  readonly example?: Readonly<Record<string, string>>
  readonly schema: JsonSchema
}

export interface Header {
  readonly description: string
  /** Whether every answer has it. */
  readonly required?: boolean
  readonly schema: JsonSchema
}

export interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, Header | Reference>>
  readonly content?: Readonly<Record<string, MediaType>>
  /** Whether the body may be missing, which OpenAPI has no word for. */
  readonly 'x-body-optional'?: true
}

export interface MediaType {
  readonly schema: JsonSchema
}

type ComponentKind = Exclude<keyof Components, 'securitySchemes'>

/** `#/components/schemas/ordersRow`. */
export function reference(kind: ComponentKind, name: string): { readonly $ref: string } {
  return { $ref: `#/components/${kind}/${name}` }
}

export function jsonContent(schema: JsonSchema): Readonly<Record<string, MediaType>> {
  return { 'application/json': { schema } }
}
