/** The words of a declaration without their types: mistakes that the compiler would stop first. */

import * as mettle from 'mettle'
import type { Backend, Field, Part, Resource, Rule, Seed } from 'mettle'

type Loose<T> = (name: string, definition?: unknown) => T

// JavaScript callers have no compiler to stop them.
/* oxlint-disable typescript/no-unsafe-type-assertion */
export const resource = mettle.resource as unknown as Loose<Resource>
export const command = mettle.command as unknown as Loose<Part>
export const query = mettle.query as unknown as Loose<Part>
export const hook = mettle.hook as unknown as Loose<Part>
export const identity = mettle.identity as unknown as (definition: unknown) => Resource
export const backend = mettle.backend as unknown as Loose<Backend>
export const seed = mettle.seed as unknown as (definition?: unknown) => Seed
export const field = mettle.field as unknown as Readonly<
  Record<keyof typeof mettle.field, (...options: unknown[]) => Field>
>
export const anyOf = mettle.access.anyOf as unknown as (...rules: unknown[]) => Rule
export const not = mettle.access.not as unknown as (rule?: unknown) => Rule
/* oxlint-enable typescript/no-unsafe-type-assertion */
export const { access } = mettle

export const users = identity({
  fields: { name: field.text({ max: 100 }) },
  signUp: 'open',
  roles: ['staff', 'admin'],
})

/** A backend of the users and of one resource with these fields. */
export function withFields(fields: object, rest: object = {}): Backend {
  return backend('wrong', { parts: { users, things: resource('things', { fields, ...rest }) } })
}

export const run = async (): Promise<void> => {}
