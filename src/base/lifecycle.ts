/** The contract of every long-lived part. */

/** May stop before it started, may stop twice, and has stopped when `stop` returns. */
export interface LongLived {
  start(): Promise<void>
  stop(): Promise<void>
}
