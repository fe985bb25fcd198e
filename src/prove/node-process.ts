/** One node under attack: `mettle start` in a process group of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Holdings } from './holdings.ts'
import { childrenOf, signalTo } from './processes.ts'

interface NodeProcessOptions {
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly port: number
  /** What it prints is added there. */
  readonly log: string
  readonly holdings: Holdings
}

/** No claim of a drill, only the end of patience: machines that run them are often busy. */
const readyMsMax = 90_000
const lookMs = 25
const linesShown = 20

export class NodeProcess {
  readonly port: number
  readonly #options: NodeProcessOptions
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()

  constructor(options: NodeProcessOptions) {
    this.#options = options
    this.port = options.port
  }

  /** Leads its process group; null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Resolves when it says that it is ready. Rejects with what it printed when it ends before. */
  async start(): Promise<void> {
    this.launch()
    await this.ready()
  }

  /** Starts it and does not wait. */
  launch(): void {
    const { command, environment, log, holdings } = this.#options
    const [program = '', ...args] = command
    const output = openSync(log, 'a', 0o600)
    const child = spawn(program, args, {
      detached: true,
      env: environment,
      stdio: ['ignore', output, output],
    })
    closeSync(output)
    this.#child = child
    holdings.process(child)
    this.#ended = new Promise(resolve => {
      child.once('exit', () => {
        if (this.#child === child) this.#child = null
        resolve()
      })
    })
  }

  async ready(): Promise<void> {
    const untilMs = performance.now() + readyMsMax
    while ((await this.probe('ready')) !== 200) {
      if (this.#child === null) throw new Error(`a node ended before it was ready:\n${this.tail()}`)
      if (performance.now() > untilMs) throw new Error(`a node is not ready:\n${this.tail()}`)
      await sleep(lookMs)
    }
  }

  /** The status of a probe; null without an answer. */
  probe(name: 'live' | 'ready' | 'startup'): Promise<number | null> {
    return new Promise(resolve => {
      const options = { host: '127.0.0.1', port: this.port, path: `/health/${name}`, agent: false }
      const asked = request({ ...options, timeout: 2_000 }, response => {
        response.resume()
        resolve(response.statusCode ?? null)
      })
      asked.once('timeout', () => asked.destroy())
      asked.once('error', () => resolve(null))
      asked.end()
    })
  }

  /** To every process of the node. Resolves when it has ended, for signals that end. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined) return
    signalTo(-child.pid, signal)
    if (signal === 'SIGKILL') await this.#ended
  }

  /** Kills the process that serves; its supervisor stays and starts another. */
  killWorker(): void {
    if (this.pid === null) return
    for (const pid of childrenOf(this.pid)) signalTo(pid, 'SIGKILL')
  }

  /** As an operator ends it: SIGTERM to the supervisor. Resolves when it has ended. */
  async drain(): Promise<void> {
    this.#child?.kill('SIGTERM')
    await this.#ended
  }

  /** Everything that it printed, over all its starts. */
  output(): string {
    return readFileSync(this.#options.log, 'utf8')
  }

  tail(): string {
    return this.output().trimEnd().split('\n').slice(-linesShown).join('\n')
  }
}
