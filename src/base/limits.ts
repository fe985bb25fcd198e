/** Every bound of the engine in one table; asserted relations between them stand below. */

export const limits = {
  // wire
  bodyBytesMax: 1_048_576,
  jsonDepthMax: 64,
  urlBytesMax: 8_192,
  headerBytesMax: 16_384,
  queryParametersMax: 100,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  connectionsCheckMs: 1_000,
  keepAliveTimeoutMs: 65_000,
  connectionsMax: 10_000,
  // requests
  requestsInFlightMax: 2_000,
  deadlineMs: 15_000,
  faultsReportedMax: 20,
  idempotencyKeyCharsMax: 255,
  idempotencyRetentionHours: 24,
  // lists
  listLimitDefault: 20,
  listLimitMax: 100,
  listFiltersMax: 20,
  filterInMax: 100,
  sortFieldsMax: 3,
  expandDepthMax: 3,
  expandRowsMax: 100,
  queryRowsMax: 1_000,
  // fields
  textCharsMax: 100_000,
  indexedTextCharsMax: 500,
  documentBytesMax: 262_144,
  listItemsMax: 1_000,
  decimalPrecisionMax: 1_000,
  // database
  readLanes: 2,
  writeLanes: 2,
  poolConnectionsMax: 10,
  poolQueueMax: 500,
  laneQueueMax: 5_000,
  batchRowsMax: 64,
  namedPlansPerConnectionMax: 200,
  planNamedAfterUses: 3,
  planCacheMax: 2_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 3_000,
  idleInTransactionTimeoutMs: 10_000,
  transactionAttemptsMax: 5,
  cascadeRowsMax: 10_000,
  // identity
  passwordCharsMin: 8,
  passwordCharsMax: 1_000,
  parallelHashesMax: 2,
  hashQueueMax: 64,
  sessionIdleHours: 24 * 7,
  sessionAbsoluteHours: 24 * 30,
  sessionCacheMs: 2_000,
  accessTokenSeconds: 300,
  // log
  horizonSampleMs: 50,
  eventsPerPartition: 5_000_000,
  eventPartitionsAhead: 2,
  // stop
  drainMs: 10_000,
} as const

function assertRelation(holds: boolean, relation: string): void {
  if (!holds) throw new Error(`limits contradict each other: ${relation}`)
}

assertRelation(limits.statementTimeoutMs < limits.deadlineMs, 'a statement ends before its request')
assertRelation(limits.lockTimeoutMs < limits.statementTimeoutMs, 'a lock wait ends before its statement')
assertRelation(limits.documentBytesMax < limits.bodyBytesMax, 'a document fits in a body')
assertRelation(limits.listLimitDefault <= limits.listLimitMax, 'the default page is a legal page')
assertRelation(limits.headersTimeoutMs < limits.requestTimeoutMs, 'headers arrive before the body')
