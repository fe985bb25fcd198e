/**
 * Counters and histograms that cost nanoseconds on the hot path and become Prometheus series at a
 * scrape.
 */

/** What a figure of several processes is made of theirs. */
export type Aggregator = 'sum' | 'max'

/** What the client library asks of a metric. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator: Aggregator
  get(): Promise<MetricSnapshot>
  reset(): void
}

export interface MetricSnapshot {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly values: { value: number; metricName?: string; labels: Record<string, string | number> }[]
}

type LabelValues = readonly string[]

/** Label sets beyond this count fall into one series named `other`: a scrape stays bounded. */
const labelSetsMax = 1_000

/** What all kinds of series share: one slot of numbers for each set of label values. */
abstract class Series<Slot> implements Metric {
  abstract readonly type: Metric['type']
  readonly aggregator: Aggregator = 'sum'
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly #others: LabelValues
  readonly #slots = new Map<
    string,
    { readonly labels: Record<string, string>; readonly slot: Slot }
  >()

  constructor(name: string, help: string, labelNames: readonly string[] = []) {
    this.name = name
    this.help = help
    this.labelNames = labelNames
    this.#others = labelNames.map(() => 'other')
  }

  protected abstract makeSlot(): Slot
  protected abstract values(slot: Slot, labels: Record<string, string>): MetricSnapshot['values']

  protected slot(labelValues: LabelValues): Slot {
    const key = labelValues.length === 1 ? labelValues[0]! : labelValues.join('\u0000')
    const found = this.#slots.get(key)
    if (found !== undefined) return found.slot
    if (this.#slots.size >= labelSetsMax && labelValues !== this.#others) {
      return this.slot(this.#others)
    }
    const labels = Object.fromEntries(
      this.labelNames.map((name, at) => [name, labelValues[at] ?? '']),
    )
    const slot = this.makeSlot()
    this.#slots.set(key, { labels, slot })
    return slot
  }

  async get(): Promise<MetricSnapshot> {
    const values = [...this.#slots.values()].flatMap(({ slot, labels }) =>
      this.values(slot, labels),
    )
    return {
      name: this.name,
      help: this.help,
      type: this.type,
      aggregator: this.aggregator,
      values,
    }
  }

  reset(): void {
    this.#slots.clear()
  }
}

export class Counter extends Series<{ count: number }> {
  readonly type = 'counter'

  add(count: number, ...labels: LabelValues): void {
    this.slot(labels).count += count
  }

  protected makeSlot(): { count: number } {
    return { count: 0 }
  }

  protected values(
    slot: { count: number },
    labels: Record<string, string>,
  ): MetricSnapshot['values'] {
    return [{ value: slot.count, labels }]
  }
}

interface GaugeOptions {
  readonly aggregator?: Aggregator
  /** Runs before each scrape and sets what only then is known. */
  readonly read?: (gauge: Gauge) => void
}

/** Figures that go up and down. */
export class Gauge extends Series<{ value: number }> {
  readonly type = 'gauge'

  override readonly aggregator: Aggregator
  readonly #read: ((gauge: Gauge) => void) | null

  constructor(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    { aggregator = 'sum', read }: GaugeOptions = {},
  ) {
    super(name, help, labelNames)
    this.aggregator = aggregator
    this.#read = read ?? null
  }

  set(value: number, ...labels: LabelValues): void {
    this.slot(labels).value = value
  }

  override get(): Promise<MetricSnapshot> {
    this.#read?.(this)
    return super.get()
  }

  protected makeSlot(): { value: number } {
    return { value: 0 }
  }

  protected values(
    slot: { value: number },
    labels: Record<string, string>,
  ): MetricSnapshot['values'] {
    return [{ value: slot.value, labels }]
  }
}

/** `counts` has one place for each bound and one for everything above; `sum` stands behind them. */
export class Histogram extends Series<Float64Array> {
  readonly type = 'histogram'
  readonly #bounds: readonly number[]

  constructor(
    name: string,
    help: string,
    bounds: readonly number[],
    labelNames: readonly string[] = [],
  ) {
    super(name, help, labelNames)
    this.#bounds = bounds
  }

  record(value: number, ...labels: LabelValues): void {
    const slot = this.slot(labels)
    let at = 0
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++
    slot[at]! += 1
    slot[slot.length - 1]! += value
  }

  protected makeSlot(): Float64Array {
    return new Float64Array(this.#bounds.length + 2)
  }

  protected values(slot: Float64Array, labels: Record<string, string>): MetricSnapshot['values'] {
    const bucket = `${this.name}_bucket`
    let count = 0
    const buckets = [...this.#bounds, '+Inf'].map((bound, at) => {
      count += slot[at]!
      return { metricName: bucket, value: count, labels: { ...labels, le: bound } }
    })
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, value: slot[slot.length - 1]!, labels },
      { metricName: `${this.name}_count`, value: count, labels },
    ]
  }
}
