/** Every bound of the engine in one table; asserted relations between them stand below. */

export const limits = {
  // wire
  bodyBytesMax: 1_048_576,
  /** Of all bodies that one process reads at the same moment. */
  bodiesBytesMax: 67_108_864,
  bodyDiscardBytesMax: 16_777_216,
  jsonDepthMax: 64,
  urlBytesMax: 8_192,
  headerBytesMax: 16_384,
  queryParametersMax: 100,
  queryStringsCachedMax: 500,
  entityTagsMax: 8,
  compressBytesMin: 2_048,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 10_000,
  connectionsCheckMs: 1_000,
  /** A client that takes nothing of its answer is cut after once to twice this time. */
  answerStallMs: 6_000,
  keepAliveTimeoutMs: 65_000,
  /** How long a browser remembers what a foreign page may send; none keeps it for longer. */
  preflightSeconds: 7_200,
  connectionsMax: 10_000,
  // requests
  requestsInFlightMax: 2_000,
  deadlineMs: 15_000,
  faultsReportedMax: 20,
  idempotencyKeyCharsMax: 255,
  idempotencyRetentionHours: 24,
  // batches of operations
  batchOperationsMax: 100,
  batchReferencesMax: 500,
  /** Of a text that a reference stands for. */
  batchReferredCharsMax: 2_000,
  /** Of all bodies of one answer: beyond it reads are refused, and changes told without a body. */
  batchAnswerCharsMax: 8_388_608,
  batchDeadlineMs: 12_000,
  batchesInFlightMax: 200,
  /** Of the atomic ones among them, those with reads that may be slow: each holds a connection. */
  batchScansInFlightMax: 4,
  // lists
  listLimitDefault: 20,
  listLimitMax: 100,
  listFiltersMax: 20,
  filterInMax: 100,
  sortFieldsMax: 3,
  expandDepthMax: 3,
  expandRowsMax: 100,
  /** Lists inside each other in one answer, its own list included: their lengths multiply. */
  expandListsMax: 2,
  queryRowsMax: 1_000,
  /** Rows up to which a list is counted on request. */
  totalRowsMax: 10_000,
  aggregateMeasuresMax: 10,
  aggregateKeysMax: 3,
  aggregateGroupsDefault: 100,
  aggregateGroupsMax: 1_000,
  // fields
  textCharsMax: 100_000,
  indexedTextCharsMax: 500,
  documentBytesMax: 262_144,
  documentDepthMax: 32,
  /** Names of a path inside a document. */
  documentPathStepsMax: 8,
  /** Of a text at a path, how many characters count for its order and stand in an index. */
  documentPathCharsMax: 200,
  listItemsMax: 1_000,
  decimalPrecisionMax: 1_000,
  // database
  readLanes: 2,
  writeLanes: 2,
  poolConnectionsMax: 10,
  poolQueueMax: 500,
  /** Reads that no index bounds, at once and waiting, of one process. */
  scanConnectionsMax: 4,
  scanQueueMax: 100,
  laneQueueMax: 5_000,
  laneInFlightMax: 64,
  /** How long a write may hold up those behind it in its lane for a lock. */
  laneLockTimeoutMs: 40,
  connectTimeoutMs: 5_000,
  reconnectDelayMsMin: 50,
  reconnectDelayMsMax: 2_000,
  /** How long statements wait for a lost server before all fail at once. */
  outageWaitMs: 2_000,
  /** How long after its timeout a silent server is given up. */
  silenceGraceMs: 5_000,
  poolIdleMs: 30_000,
  batchRowsMax: 64,
  batchWaitingMax: 2_000,
  duplicateWaitMs: 10_000,
  namedPlansPerConnectionMax: 200,
  planNamedAfterUses: 3,
  planCacheMax: 2_000,
  statementTimeoutMs: 10_000,
  lockTimeoutMs: 3_000,
  /**
   * Writes by themselves, outside of any transaction of commands, hooks and batches, that wait for
   * a row that others hold: in PostgreSQL, each a connection, and in line.
   */
  lockWaitersMax: 5,
  lockQueueMax: 500,
  idleInTransactionTimeoutMs: 10_000,
  transactionAttemptsMax: 5,
  cascadeRowsMax: 10_000,
  // migrations
  migrationWaitMs: 1_800_000,
  migrationLockTimeoutMs: 1_000,
  migrationLockAttemptsMax: 20,
  migrationLockPauseMs: 250,
  /** Between looks at whether a person has applied what development does not. */
  migrationLookAgainMs: 2_000,
  // identity
  passwordCharsMin: 8,
  passwordCharsMax: 1_000,
  parallelHashesMax: 2,
  hashQueueMax: 64,
  sessionIdleHours: 24 * 7,
  sessionAbsoluteHours: 24 * 30,
  /** How long a revoked session may still be honoured by other nodes. */
  sessionCacheMs: 2_000,
  sessionCacheMax: 20_000,
  sessionTouchMs: 60_000,
  sessionsPerUserMax: 100,
  apiKeysPerUserMax: 50,
  apiKeyNameCharsMax: 100,
  apiKeyDays: 90,
  apiKeyDaysMax: 366,
  apiKeyScopesMax: 100,
  accessTokenSeconds: 300,
  accessTokenCharsMax: 2_048,
  /** How long a renewal that was sent twice gets the same answer. */
  refreshRepeatMs: 10_000,
  signingKeyDays: 90,
  /** How old the keys that a node works with may be. */
  signingKeyReloadMs: 5_000,
  /** How long a new key is known to all before it signs, so that nobody meets an unknown one. */
  signingKeyNoticeMs: 120_000,
  auditKeptDays: 400,
  /**
   * Failed sign-ins that cost nothing yet; after them the wait doubles from `attemptDelayMs` to
   * `attemptDelayMsMax`.
   */
  attemptsFreeForPair: 5,
  attemptsFreeForPairUnderAttack: 1,
  attemptsFreeForAddress: 30,
  /**
   * Failures of one account, from anywhere, after which each address has only the attempts under
   * attack.
   */
  attemptsFreeForAccount: 20,
  attemptDelayMs: 1_000,
  attemptDelayMsMax: 900_000,
  attemptsForgottenMs: 86_400_000,
  // rate limits
  rateBucketsMax: 100_000,
  rateWindowSeconds: 60,
  rateWindowSecondsMax: 31 * 86_400,
  rateQuota: 6_000,
  rateAuthenticationQuota: 60,
  /** How long the machine that keeps the buckets may take before each machine counts alone. */
  rateRedisTimeoutMs: 100,
  rateDatabaseTimeoutMs: 1_000,
  /** How often it is tried whether it answers. */
  rateProbeMs: 500,
  ratePoliciesMax: 20,
  rateNameCharsMax: 40,
  // log
  horizonSampleMs: 50,
  horizonIdleMs: 1_000,
  eventsPerPartition: 5_000_000,
  eventPartitionsAhead: 2,
  // upkeep
  upkeepEveryMs: 60_000,
  upkeepRowsMax: 1_000,
  // processes
  workerRestartDelayMsMin: 250,
  workerRestartDelayMsMax: 10_000,
  /** A worker that lived this long did not die of its start: the next one comes without delay. */
  workerSteadyMs: 30_000,
  scrapeMs: 1_000,
  healthPingMs: 1_500,
  // stop
  /**
   * How long a process that ends goes on answering, with `connection: close`, so that clients and
   * balancers leave by themselves.
   */
  drainNoticeMs: 1_000,
  /** The part of it that passes also while nobody is connected: balancers look now and then. */
  drainUnseenMs: 1_000,
  /** In development, where whoever saved a file waits for the new version. */
  drainNoticeDevelopmentMs: 100,
  drainMs: 10_000,
} as const

function assertRelation(holds: boolean, relation: string): void {
  if (!holds) throw new Error(`limits contradict each other: ${relation}`)
}

assertRelation(limits.statementTimeoutMs < limits.deadlineMs, 'a statement ends before its request')
assertRelation(
  limits.duplicateWaitMs < limits.deadlineMs,
  'a duplicate gives up before its request',
)
assertRelation(limits.batchDeadlineMs < limits.deadlineMs, 'a batch tells what was done')
assertRelation(
  limits.batchScansInFlightMax < limits.poolConnectionsMax,
  'slow reads in batches leave connections for commands',
)
assertRelation(
  limits.batchReferencesMax * limits.batchReferredCharsMax <= limits.bodyBytesMax,
  'references bring a batch no more than its body could',
)
assertRelation(
  limits.lockTimeoutMs < limits.statementTimeoutMs,
  'a lock wait ends before its statement',
)
assertRelation(
  limits.laneLockTimeoutMs < limits.lockTimeoutMs,
  'who waits alone waits longer than a lane',
)
assertRelation(
  2 * limits.lockWaitersMax <= limits.poolConnectionsMax,
  'writes by themselves that wait for a row leave half of the connections to others',
)
assertRelation(
  3 * limits.lockTimeoutMs < limits.deadlineMs,
  'a write that stands behind its row and for a place, and waits for the lock, is told in time',
)
assertRelation(
  limits.outageWaitMs < limits.deadlineMs,
  'an outage is reported before the request ends',
)
assertRelation(limits.drainNoticeMs < limits.drainMs, 'clients are told before they are cut')
assertRelation(limits.drainUnseenMs <= limits.drainNoticeMs, 'what nobody sees is part of it')
assertRelation(limits.documentBytesMax < limits.bodyBytesMax, 'a document fits in a body')
assertRelation(limits.bodyBytesMax < limits.bodiesBytesMax, 'a body fits among others')
assertRelation(
  limits.bodyBytesMax < limits.bodyDiscardBytesMax,
  'a body that is just too large can be read to its end',
)
assertRelation(
  limits.documentDepthMax < limits.jsonDepthMax,
  'a document may be as deep in a body as it may be',
)
assertRelation(
  limits.documentPathCharsMax <= limits.indexedTextCharsMax,
  'a text at a path fits in an index entry',
)
assertRelation(limits.listLimitDefault <= limits.listLimitMax, 'the default page is a legal page')
assertRelation(
  limits.sessionTouchMs < limits.sessionIdleHours * 3_600_000,
  'a used session is seen to be used',
)
assertRelation(
  limits.attemptDelayMsMax < limits.attemptsForgottenMs,
  'a wait ends before its cause is forgotten',
)
assertRelation(
  limits.upkeepEveryMs + limits.signingKeyReloadMs < limits.signingKeyNoticeMs,
  'every node knows a new key before it signs',
)
assertRelation(
  limits.refreshRepeatMs < limits.accessTokenSeconds * 1_000,
  'a token that is used in its turn is not taken for a repetition',
)
assertRelation(limits.headersTimeoutMs < limits.requestTimeoutMs, 'headers arrive before the body')
assertRelation(
  limits.laneLockTimeoutMs < limits.rateDatabaseTimeoutMs,
  'a batch of takes that waited for a bucket in a lane can be tried again',
)
assertRelation(
  limits.rateWindowSeconds <= limits.rateWindowSecondsMax,
  'the default window is a legal one',
)
assertRelation(
  limits.horizonSampleMs < limits.horizonIdleMs,
  'a busy log is sampled more often than an idle one',
)
