/** Turns the engine's observations into structured log lines. */

import { pino, type Logger } from 'pino'
import type { Observation, ObservationOf, Observe } from '../../base/observe.ts'
import { formats, type LineFormat } from './formats.ts'
import { lines } from './lines.ts'
import { readable } from './readable.ts'
import { createRedact, type Redact } from './redact.ts'

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `text` is for a person. */
  readonly format: LineFormat | 'text'
  /** Values that no line may hold, whoever put them into a message. */
  readonly secrets?: readonly string[]
  /** Where lines go; standard output unless told otherwise. */
  readonly write?: (line: string) => void
}

export interface Log {
  readonly record: Observe
  /** Waits until every line is written. */
  flush(): Promise<void>
}

/** Successful requests are `debug`, refused ones `info`, slow ones `warn`, failed ones `error`. */
export function createLog(options: LogOptions): Log {
  const format = options.format === 'text' ? 'json' : options.format
  const logger = pino({ level: options.level, ...formats[format].options }, destination(options))
  const redact = createRedact(options.secrets ?? [])
  return {
    record: observation => record(logger, format, redact, observation),
    flush: () => new Promise(resolve => logger.flush(() => resolve())),
  }
}

function destination({ format, write }: LogOptions) {
  if (format !== 'text') {
    return write === undefined ? pino.destination({ dest: 1, sync: false }) : { write }
  }
  const print = write ?? ((line: string) => void process.stdout.write(line))
  return { write: (line: string) => print(readable(line)) }
}

/** Nothing of a line is made when its level is off: mostly that is every request. */
function record<K extends Observation['kind']>(
  logger: Logger,
  format: LineFormat,
  redact: Redact,
  observation: ObservationOf<K>,
): void {
  const line = lines[observation.kind]
  if (line === null) return
  const level = line.level(observation)
  if (!logger.isLevelEnabled(level)) return
  const facts = formats[format].name(line.topic, line.facts(observation), redact)
  logger[level](facts, line.message(observation))
}
