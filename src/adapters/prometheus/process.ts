/** Figures of the process itself: CPU, memory, event loop, garbage collection. */

import { readdirSync } from 'node:fs'
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { Gauge, Histogram, Total } from './series.ts'

/** Node samples the delay of its event loop by a timer of this period, and counts the period in. */
const samplePeriodMs = 20

const pauses = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]

/** The kinds of collection, bits of one figure. */
const collections: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
}

/** Begins to watch: one for a process. Of several processes the worst event loop counts. */
export function watchProcess() {
  return { ...processSeries(), ...eventLoopSeries(), ...memorySeries(), pauses: pauseSeries() }
}

function processSeries() {
  const startSeconds = (Date.now() - performance.now()) / 1_000
  return {
    workers: new Gauge('mettle_workers', 'Processes that serve.', [], {
      read: gauge => gauge.set(1),
    }),
    cpu: new Total('process_cpu_seconds_total', 'CPU time spent, in user and system mode.', [], {
      read: total => {
        const { user, system } = process.cpuUsage()
        total.set((user + system) / 1_000_000)
      },
    }),
    started: new Gauge(
      'process_start_time_seconds',
      'When the youngest process started, since the Unix epoch.',
      [],
      { aggregator: 'max', read: gauge => gauge.set(startSeconds) },
    ),
    files: new Gauge('process_open_fds', 'Open file descriptors; 0 where it is not known.', [], {
      read: gauge => gauge.set(openFiles()),
    }),
    version: new Gauge('nodejs_version_info', 'The version of Node.', ['version'], {
      aggregator: 'max',
      read: gauge => gauge.set(1, process.version),
    }),
  }
}

/** Linux says it in a folder. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

function memorySeries() {
  return {
    memory: new Gauge('process_resident_memory_bytes', 'Resident memory.', [], {
      read: gauge => gauge.set(process.memoryUsage.rss()),
    }),
    heap: new Gauge('nodejs_heap_bytes', 'Memory of the JavaScript heap.', ['state'], {
      read: gauge => {
        const { heapTotal, heapUsed } = process.memoryUsage()
        gauge.set(heapUsed, 'used')
        gauge.set(heapTotal - heapUsed, 'free')
      },
    }),
    external: new Gauge('nodejs_external_memory_bytes', 'Memory of buffers.', [], {
      read: gauge => gauge.set(process.memoryUsage().external),
    }),
  }
}

function eventLoopSeries() {
  const delays = monitorEventLoopDelay({ resolution: samplePeriodMs })
  delays.enable()
  const seconds = (nanoseconds: number) =>
    Math.max(0, (Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : 0) - samplePeriodMs) / 1_000
  let before = performance.eventLoopUtilization()
  return {
    loopDelay: new Gauge(
      'nodejs_eventloop_delay_seconds',
      'How late the event loop came since the last scrape.',
      ['percentile'],
      {
        aggregator: 'max',
        read: gauge => {
          gauge.set(seconds(delays.percentile(50)), '50')
          gauge.set(seconds(delays.percentile(99)), '99')
          gauge.set(seconds(delays.max), '100')
          delays.reset()
        },
      },
    ),
    loopUse: new Gauge(
      'nodejs_eventloop_utilization_ratio',
      'Share of the time since the last scrape in which the event loop was busy.',
      [],
      {
        aggregator: 'max',
        read: gauge => {
          const now = performance.eventLoopUtilization()
          gauge.set(performance.eventLoopUtilization(now, before).utilization)
          before = now
        },
      },
    ),
  }
}

function pauseSeries(): Histogram {
  const series = new Histogram(
    'nodejs_gc_duration_seconds',
    'Time of one garbage collection.',
    pauses,
    ['kind'],
  )
  const observer = new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      series.record(entry.duration / 1_000, collections[kindOf(entry)] ?? 'other')
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return series
}

/** The type of entries leaves out what those of a collection have besides. */
function kindOf(entry: object): number {
  const detail: unknown = 'detail' in entry ? entry.detail : null
  return typeof detail === 'object' && detail !== null && 'kind' in detail ? Number(detail.kind) : 0
}
