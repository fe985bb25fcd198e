/** Names of the backend, which become paths when they are first used. */

import { clientWords } from './contract.ts'

/** One part for each name, made when it is first asked for. A client is no promise. */
export function byName(make: (name: string) => unknown): object {
  const made = new Map<string, unknown>()
  return new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name !== 'string' || name === 'then') return undefined
        const known = made.get(name)
        if (known !== undefined) return known
        const part = make(pathOf(name))
        made.set(name, part)
        return part
      },
    },
  )
}

/** `orderLines` -> `order-lines`. */
function pathOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function resourceName(name: string | symbol): string | symbol {
  return clientWords.find(word => `${word}Rows` === name) ?? name
}

/** Its own words, and every other name as a resource. */
export function withResources(words: object, make: (name: string) => unknown): object {
  const resources = byName(make)
  return new Proxy(words, {
    get: (_, name) => Reflect.get(words, name) ?? Reflect.get(resources, resourceName(name)),
  })
}
