/** What a node says of itself at `/metrics`, read as Prometheus reads it. */

/** A sample by name and labels, `name{a="1",b="2"}` with the labels in order. */
type Samples = ReadonlyMap<string, number>

interface Scraped {
  readonly samples: Samples
  /** What is wrong with the text, in words. */
  readonly faults: readonly string[]
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?(?:\d[\d.e+-]*|Inf|NaN)|\+Inf)$/
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)/gy

export function readScrape(text: string): Scraped {
  const samples = new Map<string, number>()
  const kinds = new Map<string, string>()
  const faults: string[] = []
  if (!text.endsWith('\n')) faults.push('the last line has no end')
  for (const each of text.split('\n').filter(one => one !== '')) {
    if (each.startsWith('#')) {
      const [, word, name = '', kind = ''] = each.split(' ', 4)
      if (word === 'TYPE') kinds.set(name, kind)
      continue
    }
    const [, name = '', labels = '', value = ''] = line.exec(each) ?? []
    const pairs = [...labels.matchAll(label)]
    const isWhole = pairs.reduce((sum, [found]) => sum + found.length, 0) === labels.length
    if (name === '' || !isWhole) faults.push(`no sample: ${each.slice(0, 100)}`)
    else if (kindOf(kinds, name) === null) faults.push(`${name} has no type`)
    else samples.set(keyOf(name, pairs), Number(value.replace('Inf', 'Infinity')))
  }
  return { samples, faults: [...faults, ...histogramFaults(samples, kinds)] }
}

/** The key of a sample: `sampleKey('a', { status: '200' })`. */
export function sampleKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => ['', key, value])
  return keyOf(name, pairs)
}

function keyOf(name: string, pairs: readonly (readonly (string | undefined)[])[]): string {
  const told = pairs.map(([, key, value]) => `${key}="${value}"`).toSorted()
  return `${name}{${told.join(',')}}`
}

function kindOf(kinds: ReadonlyMap<string, string>, name: string): string | null {
  return kinds.get(name) ?? kinds.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? null
}

/** Of each histogram the last bucket holds all that were counted. */
function histogramFaults(samples: Samples, kinds: ReadonlyMap<string, string>): readonly string[] {
  const faults: string[] = []
  for (const [key, count] of samples) {
    const [, name = '', labels = ''] = /^(\w+)_count\{(.*)\}$/.exec(key) ?? []
    if (kinds.get(name) !== 'histogram') continue
    const all = [...labels.split(','), 'le="+Inf"'].filter(each => each !== '').toSorted()
    const last = samples.get(`${name}_bucket{${all.join(',')}}`)
    if (last !== count) faults.push(`${key} is ${count}, and its last bucket ${last}`)
  }
  return faults
}
