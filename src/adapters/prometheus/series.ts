/**
 * Counters, gauges and histograms that cost nanoseconds on the hot path and become Prometheus
 * series at a scrape.
 */

/** What a figure of several processes is made of theirs. */
type Aggregator = 'sum' | 'max'

export interface MetricSnapshot {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly aggregator: Aggregator
  readonly values: Sample[]
}

interface Sample {
  value: number
  metricName?: string
  labels: Labels
}

type Labels = Record<string, string | number>
type LabelValues = readonly string[]

/** Label sets beyond this count fall into one series named `other`: a scrape stays bounded. */
const labelSetsMax = 1_000

/** The way to the numbers of one set of label values, a step for each label. */
interface Branch<Slot> {
  readonly next: Map<string, Branch<Slot>>
  slot: Slot | null
}

/** What all kinds of series share: one slot of numbers for each set of label values. */
abstract class Series<Slot> {
  abstract readonly type: MetricSnapshot['type']
  readonly aggregator: Aggregator = 'sum'
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly #others: LabelValues
  readonly #root: Branch<Slot> = { next: new Map(), slot: null }
  readonly #slots: { readonly labels: Record<string, string>; readonly slot: Slot }[] = []

  constructor(name: string, help: string, labelNames: readonly string[] = []) {
    this.name = name
    this.help = help
    this.labelNames = labelNames
    this.#others = labelNames.map(() => 'other')
  }

  protected abstract makeSlot(): Slot
  protected abstract samples(slot: Slot, labels: Record<string, string>): Sample[]

  protected slot(values: LabelValues): Slot {
    let branch = this.#root
    for (const value of values) {
      const next = branch.next.get(value)
      if (next === undefined) return this.#add(values)
      branch = next
    }
    return branch.slot ?? this.#add(values)
  }

  #add(values: LabelValues): Slot {
    if (this.#slots.length >= labelSetsMax && values !== this.#others) {
      return this.slot(this.#others)
    }
    let branch = this.#root
    for (const value of values) {
      let next = branch.next.get(value)
      if (next === undefined) branch.next.set(value, (next = { next: new Map(), slot: null }))
      branch = next
    }
    const labels = Object.fromEntries(this.labelNames.map((name, at) => [name, values[at] ?? '']))
    const slot = (branch.slot = this.makeSlot())
    this.#slots.push({ labels, slot })
    return slot
  }

  /** What has no labels is there from the start, so that its first step is seen as one. */
  measure(): MetricSnapshot {
    if (this.labelNames.length === 0) this.slot([])
    const { name, help, type, aggregator } = this
    const values = this.#slots.flatMap(({ slot, labels }) => this.samples(slot, labels))
    return { name, help, type, aggregator, values }
  }
}

/** What has happened so often. */
export class Counter extends Series<{ count: number }> {
  readonly type = 'counter'

  add(count: number, ...labels: LabelValues): void {
    this.slot(labels).count += count
  }

  protected makeSlot(): { count: number } {
    return { count: 0 }
  }

  protected samples({ count }: { count: number }, labels: Record<string, string>): Sample[] {
    return [{ value: count, labels }]
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

  protected samples(slot: Float64Array, labels: Record<string, string>): Sample[] {
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

/** Figures that somebody else keeps: `read` sets them before each scrape. */
abstract class Reading extends Series<{ value: number }> {
  override readonly aggregator: Aggregator
  readonly #read: ((series: this) => void) | null

  constructor(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    options: { readonly aggregator?: Aggregator; readonly read?: (series: Reading) => void } = {},
  ) {
    super(name, help, labelNames)
    this.aggregator = options.aggregator ?? 'sum'
    this.#read = options.read ?? null
  }

  set(value: number, ...labels: LabelValues): void {
    this.slot(labels).value = value
  }

  override measure(): MetricSnapshot {
    this.#read?.(this)
    return super.measure()
  }

  protected makeSlot(): { value: number } {
    return { value: 0 }
  }

  protected samples({ value }: { value: number }, labels: Record<string, string>): Sample[] {
    return [{ value, labels }]
  }
}

/** A figure that goes up and down. */
export class Gauge extends Reading {
  readonly type = 'gauge'
}

/** A count that somebody else keeps. */
export class Total extends Reading {
  readonly type = 'counter'
}
