/** Turns the engine's observations into structured log lines. */

import { pino } from 'pino'
import type { Observation, Observe } from '../../base/observe.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** Where lines go; standard output unless told otherwise. */
  readonly write?: (line: string) => void
}

export interface Log {
  readonly record: Observe
  /** Waits until every line is written. */
  flush(): Promise<void>
}

/** A request slower than this is worth a warning. */
const slowMs = 1_000

/**
 * Names that never reach a line, wherever they stand within two levels. The engine logs no header
 * and no body; this holds for the properties of errors.
 */
const secretNames = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'hash',
  'parameters',
  'values',
]
const redacted = secretNames.flatMap(name => [name, `*.${name}`, `*.*.${name}`])

type ObservationOf<K extends Observation['kind']> = Extract<Observation, { kind: K }>
type Recorder<K extends Observation['kind']> = (observation: ObservationOf<K>) => void
/** What has no recorder is counted by metrics and not worth a line. */
type Recorders = { readonly [K in Observation['kind']]?: Recorder<K> }

/** Successful requests are `debug`, refused ones `info`, slow ones `warn`, failed ones `error`. */
export function createLog(options: LogOptions): Log {
  const destination =
    options.write === undefined
      ? pino.destination({ dest: 1, sync: false })
      : { write: options.write }
  const logger = pino(
    {
      level: options.level,
      base: null,
      redact: redacted,
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  )
  const recorders: Recorders = {
    request: o => {
      const { kind: _, ...line } = o
      if (o.status >= 500) logger.error(line, 'request failed')
      else if (o.durationMs > slowMs) logger.warn(line, 'request was slow')
      else if (o.status >= 400) logger.info(line, 'request refused')
      else logger.debug(line, 'request')
    },
    fault: o =>
      logger.error({ requestId: o.requestId, where: o.where, err: o.error }, 'unexpected error'),
    transaction: o => logger.debug({ attempts: o.attempts, outcome: o.outcome }, 'transaction'),
    lifecycle: o =>
      logger.info({ part: o.part, event: o.event, detail: o.detail }, `${o.part} ${o.event}`),
  }
  return {
    record: <K extends Observation['kind']>(observation: ObservationOf<K>) =>
      recorders[observation.kind]?.(observation),
    flush: () => new Promise(resolve => logger.flush(() => resolve())),
  }
}
