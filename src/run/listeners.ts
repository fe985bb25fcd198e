/** Where things are answered: on one port, or health and metrics apart from the public. */

import type { Route } from '../api/http/route.ts'
import { createHttpListener, type HttpServer, type HttpSettings } from '../api/http/server.ts'
import type { LongLived } from '../base/lifecycle.ts'
import { type Config, publicUrlOf } from './config.ts'
import type { Readers } from './metrics-route.ts'

export type ListenerName = 'public' | 'admin' | 'metrics'

type Ports = Pick<Config, 'adminPort' | 'metricsPort'>

/** Metrics go with the health where they have no listener of their own. */
function listenerOf({ listener }: Pick<Route, 'listener'>, ports: Ports): ListenerName {
  if (listener === 'metrics' && ports.metricsPort !== null) return 'metrics'
  return listener !== undefined && ports.adminPort !== null ? 'admin' : 'public'
}

/** What differs between the listeners. */
type Door = Pick<HttpSettings, 'listen' | 'networks'>

export function publicDoor(config: Config): Door {
  return {
    listen: { port: config.port, host: config.host },
    networks: { allowed: config.allowedNetworks, denied: config.deniedNetworks },
  }
}

/** Null where the listener is not apart. */
function doorOf(name: 'admin' | 'metrics', config: Config): Door | null {
  const port = config[`${name}Port`]
  if (port === null) return null
  return {
    listen: { port, host: config[`${name}Host`] },
    networks: {
      allowed: config[`${name}AllowedNetworks`],
      denied: config[`${name}DeniedNetworks`],
    },
  }
}

/** A listener of its own that admits a list only needs no token beside it. */
export function metricsReaders(config: Config): Readers {
  const name = listenerOf({ listener: 'metrics' }, config)
  const listed = name !== 'public' && config[`${name}AllowedNetworks`].length > 0
  return { token: config.metricsToken, listed }
}

/** For a person. */
export function serviceUrls(config: Config): { readonly health: string; readonly metrics: string } {
  const urlOf = (listener: 'admin' | 'metrics'): string => {
    const name = listenerOf({ listener }, config)
    if (name === 'public') return publicUrlOf(config)
    const host = config[`${name}Host`]
    const named = host.includes(':') ? `[${host}]` : host
    return `http://${named}:${config[`${name}Port`]}`
  }
  return { health: `${urlOf('admin')}/health/ready`, metrics: `${urlOf('metrics')}/metrics` }
}

/** As whoever looks from the public listener finds it. */
export function healthPlace(config: Config): string {
  const isHere = listenerOf({ listener: 'admin' }, config) === 'public'
  return isHere ? '/health/ready' : serviceUrls(config).health
}

/** The public listener and those beside it. */
export interface Listeners extends LongLived {
  /** Where each listens; null before `start`, after `stop`, and where it is not apart. */
  portOf(name: ListenerName): number | null
  readonly requestsInFlight: number
}

interface ListenersOptions {
  readonly config: Config
  /** What all of them share, and the door of the public one. */
  readonly settings: Omit<HttpSettings, 'routes' | 'fallback'>
  /** Makes the public listener of its routes. */
  readonly open: (routes: readonly Route[]) => HttpServer
  /** All that may be answered apart; the others are the public listener's. */
  readonly routes: readonly Route[]
}

/** All open together and drain together: a probe hears that the public one drains. */
export function createListeners({ config, settings, open, routes }: ListenersOptions): Listeners {
  const routesOf = (name: ListenerName) =>
    routes.filter(route => listenerOf(route, config) === name)
  const servers = new Map<ListenerName, HttpServer>([['public', open(routesOf('public'))]])
  for (const name of ['admin', 'metrics'] as const) {
    const door = doorOf(name, config)
    if (door === null) continue
    const own = { ...settings, ...door, foreignOrigins: [], fallback: null }
    servers.set(name, createHttpListener({ ...own, routes: routesOf(name) }))
  }
  const all = [...servers.values()]
  return {
    portOf: name => servers.get(name)?.address?.port ?? null,
    get requestsInFlight() {
      return all.reduce((sum, server) => sum + server.requestsInFlight, 0)
    },
    async start() {
      for (const server of all) await server.start()
    },
    async stop() {
      await Promise.all(all.map(server => server.stop()))
    },
  }
}
