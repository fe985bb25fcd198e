/** Log lines as a person reads them in a terminal: the stack of an error in lines of its own. */

interface Line {
  readonly level: number
  readonly msg: string
  readonly err?: { readonly stack?: string }
  readonly [fact: string]: unknown
}

const levels: Readonly<Record<number, string>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
}

/** From a line of JSON of pino: `error unexpected error where=checkout`, then the stack. */
export function readable(json: string): string {
  const { level, time: _, msg, err, ...rest }: Line = JSON.parse(json)
  const facts = Object.entries(rest).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`],
  )
  const head = [levels[level] ?? level, msg, ...facts].join(' ')
  return err?.stack === undefined ? `${head}\n` : `${head}\n${err.stack}\n`
}
