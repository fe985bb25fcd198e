/** What the kinds kept as jsonb share. */

import type { Kind } from './kind.ts'

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A driver gives jsonb as text, a row's JSON gives it parsed; these kinds are never a bare string.
 */
export function parsed(stored: unknown): unknown {
  return typeof stored === 'string' ? JSON.parse(stored) : stored
}

export const loadJson: Kind['load'] = (_field, stored) => parsed(stored)

export const notInUrl: Kind['parse'] = (_field, _text, place, faults) =>
  faults.add(place, 'type', 'cannot be given in a URL')
