/**
 * Finds what no isolation level may show in a history of list-append transactions (after Elle,
 * Kingsbury and Alvaro, VLDB 2020): cycles of ww, wr and rw edges, and reads of what never was.
 */

export type Operation =
  /** Values are given to no other append. */
  | { readonly kind: 'append'; readonly key: string; readonly value: string }
  /** The whole list, as it was read. */
  | { readonly kind: 'read'; readonly key: string; readonly values: readonly string[] }

export interface TransactionSeen {
  readonly name: string
  readonly operations: readonly Operation[]
  /** `unknown`: it may have happened. */
  readonly outcome: 'ok' | 'failed' | 'unknown'
}

/**
 * `aborted-read`: a failed transaction was seen (G1a). `intermediate-read`: a list ends with what
 * its transaction had not yet done with (G1b). `torn-order`: two reads cannot both be prefixes of
 * one list. The others are cycles: of ww edges (G0), with wr (G1c), with one rw (G-single), with
 * several (G2-item).
 */
export type AnomalyKind =
  | 'aborted-read'
  | 'intermediate-read'
  | 'torn-order'
  | 'G0'
  | 'G1c'
  | 'G-single'
  | 'G2-item'

export interface Anomaly {
  readonly kind: AnomalyKind
  /** The transactions of it, in the order of the cycle. */
  readonly transactions: readonly string[]
}

type EdgeKind = 'ww' | 'wr' | 'rw'

interface Edge {
  readonly to: string
  readonly kind: EdgeKind
}

type Graph = ReadonlyMap<string, readonly Edge[]>

export interface Findings {
  readonly anomalies: readonly Anomaly[]
  readonly edges: number
}

export function checkHistory(history: readonly TransactionSeen[]): Findings {
  const writers = writersOf(history)
  const seen = history.filter(({ outcome }) => outcome === 'ok')
  const { orders, torn } = ordersOf(seen)
  const graph = graphOf(seen, orders, writers)
  const edges = [...graph.values()].reduce((sum, { length }) => sum + length, 0)
  return {
    anomalies: [
      ...abortedReads(history, seen),
      ...intermediateReads(history, seen),
      ...torn,
      ...cyclesOf(graph),
    ],
    edges,
  }
}

/** Whoever first saw each transaction that failed. */
function abortedReads(
  history: readonly TransactionSeen[],
  seen: readonly TransactionSeen[],
): readonly Anomaly[] {
  const failed = writersOf(history.filter(({ outcome }) => outcome === 'failed'))
  return firstReaders('aborted-read', seen, failed, values => values)
}

/** Whoever first saw a list end with an append after which the same transaction appended more. */
function intermediateReads(
  history: readonly TransactionSeen[],
  seen: readonly TransactionSeen[],
): readonly Anomaly[] {
  const unfinished = new Map<string, string>()
  for (const { name, operations } of history) {
    const last = new Map<string, string>()
    for (const each of operations) {
      if (each.kind !== 'append') continue
      const before = last.get(each.key)
      if (before !== undefined) unfinished.set(before, name)
      last.set(each.key, each.value)
    }
  }
  return firstReaders('intermediate-read', seen, unfinished, values => values.slice(-1))
}

/** One for each writer that another transaction should not have seen; `writers` by value. */
function firstReaders(
  kind: AnomalyKind,
  seen: readonly TransactionSeen[],
  writers: ReadonlyMap<string, string>,
  shown: (values: readonly string[]) => readonly string[],
): readonly Anomaly[] {
  const found = new Map<string, Anomaly>()
  for (const reader of seen) {
    for (const value of readsOf(reader).flatMap(({ values }) => shown(values))) {
      const writer = writers.get(value)
      if (writer === undefined || writer === reader.name || found.has(writer)) continue
      found.set(writer, { kind, transactions: [writer, reader.name] })
    }
  }
  return [...found.values()]
}

function writersOf(history: readonly TransactionSeen[]): ReadonlyMap<string, string> {
  const writers = new Map<string, string>()
  for (const { name, operations } of history) {
    for (const each of operations) if (each.kind === 'append') writers.set(each.value, name)
  }
  return writers
}

function readsOf({ operations }: TransactionSeen): readonly Extract<Operation, { kind: 'read' }>[] {
  return operations.filter(operation => operation.kind === 'read')
}

/** For each key the longest list that anybody read; every other read is a prefix of it. */
function ordersOf(history: readonly TransactionSeen[]) {
  const orders = new Map<string, { readonly values: readonly string[]; readonly name: string }>()
  const torn: Anomaly[] = []
  for (const transaction of history) {
    for (const { key, values } of readsOf(transaction)) {
      const known = orders.get(key) ?? { values: [], name: transaction.name }
      const [short, long] =
        known.values.length < values.length ? [known.values, values] : [values, known.values]
      if (short.some((value, at) => value !== long[at])) {
        torn.push({ kind: 'torn-order', transactions: [known.name, transaction.name] })
      }
      if (long === values) orders.set(key, { values, name: transaction.name })
    }
  }
  return { orders, torn }
}

function graphOf(
  history: readonly TransactionSeen[],
  orders: ReturnType<typeof ordersOf>['orders'],
  writers: ReadonlyMap<string, string>,
): Graph {
  const graph = new Map<string, Edge[]>()
  const join = (from: string | undefined, to: string | undefined, kind: EdgeKind) => {
    if (from === undefined || to === undefined || from === to) return
    const edges = graph.get(from)
    if (edges === undefined) graph.set(from, [{ to, kind }])
    else edges.push({ to, kind })
  }
  for (const { values } of orders.values()) {
    values.forEach((value, at) => join(writers.get(values[at - 1] ?? ''), writers.get(value), 'ww'))
  }
  for (const transaction of history) {
    for (const { key, values } of readsOf(transaction)) {
      join(writers.get(values.at(-1) ?? ''), transaction.name, 'wr')
      const next = orders.get(key)?.values[values.length]
      join(transaction.name, writers.get(next ?? ''), 'rw')
    }
  }
  return graph
}

/** More of them say no more, and a broken history has a cycle for nearly every edge. */
const cyclesMax = 100

/** One for each edge that closes a cycle, of the worst kind that it closes; the first hundred. */
function cyclesOf(graph: Graph): readonly Anomaly[] {
  const found = new Map<string, Anomaly>()
  const levels: readonly (readonly [AnomalyKind, EdgeKind, readonly EdgeKind[]])[] = [
    ['G0', 'ww', ['ww']],
    ['G1c', 'wr', ['ww', 'wr']],
    ['G-single', 'rw', ['ww', 'wr']],
    ['G2-item', 'rw', ['ww', 'wr', 'rw']],
  ]
  const knots = knotsOf(graph)
  for (const [kind, closing, rest] of levels) {
    for (const [from, edges] of graph) {
      for (const { to, kind: edge } of edges) {
        // A cycle never leaves its knot, and a sound history has none with two transactions.
        if (edge !== closing || knots.get(from) !== knots.get(to)) continue
        if (found.size >= cyclesMax) return [...found.values()]
        const path = pathOf(graph, to, from, new Set(rest))
        if (path === null) continue
        const members = path.toSorted((left, right) => left.localeCompare(right)).join(' ')
        if (!found.has(members)) found.set(members, { kind, transactions: path })
      }
    }
  }
  return [...found.values()]
}

/**
 * For each transaction the number of its strongly connected component (Tarjan 1972, without
 * recursion: histories are long).
 */
function knotsOf(graph: Graph): ReadonlyMap<string, number> {
  const knots = new Map<string, number>()
  const order = new Map<string, number>()
  const least = new Map<string, number>()
  const open: string[] = []
  const lower = (name: string, to: number) => least.set(name, Math.min(least.get(name)!, to))
  const enter = (name: string) => {
    order.set(name, order.size)
    least.set(name, order.get(name)!)
    open.push(name)
    return { name, rest: [...(graph.get(name) ?? [])] }
  }
  for (const start of graph.keys()) {
    const path = order.has(start) ? [] : [enter(start)]
    for (let place = path.at(-1); place !== undefined; place = path.at(-1)) {
      const { name, rest } = place
      const next = rest.pop()?.to
      if (next === undefined) {
        path.pop()
        const parent = path.at(-1)
        if (parent !== undefined) lower(parent.name, least.get(name)!)
        if (least.get(name) === order.get(name)) close(name)
      } else if (!order.has(next)) path.push(enter(next))
      else if (!knots.has(next)) lower(name, order.get(next)!)
    }
  }
  return knots

  function close(root: string): void {
    const knot = order.get(root)!
    for (let member = ''; member !== root;) {
      member = open.pop()!
      knots.set(member, knot)
    }
  }
}

/** The shortest way over edges of these kinds; null where there is none. */
function pathOf(
  graph: Graph,
  from: string,
  to: string,
  kinds: ReadonlySet<EdgeKind>,
): readonly string[] | null {
  const before = new Map<string, string | null>([[from, null]])
  const waiting = [from]
  for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
    if (at === to) return wayBack(before, to)
    for (const edge of graph.get(at) ?? []) {
      if (!kinds.has(edge.kind) || before.has(edge.to)) continue
      before.set(edge.to, at)
      waiting.push(edge.to)
    }
  }
  return null
}

function wayBack(before: ReadonlyMap<string, string | null>, to: string): readonly string[] {
  const way: string[] = []
  for (let at: string | null = to; at !== null; at = before.get(at) ?? null) way.unshift(at)
  return way
}
