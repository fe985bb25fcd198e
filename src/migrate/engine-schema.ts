/**
 * The engine's own tables, in schema `mettle`: ordered, numbered steps that never change once they
 * are released.
 */

import { createHash } from 'node:crypto'

import { limits } from '../base/limits.ts'

/** One step; all of its statements run in one transaction. */
interface EngineStep {
  /** Counts from 1 without gaps. */
  readonly id: number
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * What `mettle.migrations` records of a step, so that an edited step is noticed: SHA-256 in hex.
 */
export function checksum(statements: readonly string[]): string {
  return createHash('sha256').update(statements.join(';\n')).digest('hex')
}

/**
 * The statements that add partition `number` (from 0) of the log. ATTACH, unlike PARTITION OF, does
 * not lock out writers, so the log can run this ahead of its position.
 */
export function eventPartition(number: number): readonly string[] {
  const table = `"mettle"."events_${number}"`
  const from = number * limits.eventsPerPartition
  const to = from + limits.eventsPerPartition
  return [
    `create table ${table} (like "mettle"."events" including defaults including constraints)`,
    `alter table "mettle"."events" attach partition ${table} for values from (${from}) to (${to})`,
  ]
}

const migrations: readonly string[] = [
  `create schema if not exists "mettle"`,
  `create table "mettle"."migrations" (
  "id" bigint generated always as identity primary key,
  "name" text not null,
  "sql" text not null,
  "checksum" text not null,
  "epoch" text,
  "applied_at" timestamptz(3) not null default now()
)`,
]

/**
 * `tx` stands before `position` because defaults are computed in the order of the columns: a
 * transaction must have its number before it takes a position, or the horizon (engine/log) could
 * pass an event that is not committed yet. What happened is `json`, kept as it was written: to
 * make `jsonb` of it took a tenth of PostgreSQL's time for 32 inserts in one statement.
 */
const events: readonly string[] = [
  `create table "mettle"."events" (
  "tx" xid8 not null default pg_current_xact_id(),
  "position" bigint generated always as identity,
  "at" timestamptz(3) not null default now(),
  "type" text collate "C" not null,
  "resource" text collate "C" not null,
  "key" uuid not null,
  "version" integer not null,
  "schema" text collate "C" not null,
  "tenant" uuid,
  "actor" uuid,
  "trace" text collate "C",
  "cause" bigint,
  "data" json,
  "before" json,
  primary key ("position")
) partition by range ("position")`,
  ...eventPartition(0),
  ...eventPartition(1),
]

/**
 * `row` and `version` are of an answer about one row: its ETag and Location are made from them.
 * `status` is null only inside the transaction of a command that still runs.
 */
const idempotency: readonly string[] = [
  `create table "mettle"."idempotency" (
  "caller" text collate "C" not null,
  "operation" text collate "C" not null,
  "key" text collate "C" not null,
  "hash" text collate "C" not null,
  "status" smallint,
  "body" text collate "C",
  "row" uuid,
  "version" integer,
  "created_at" timestamptz(3) not null default now(),
  primary key ("caller", "operation", "key")
)`,
  `create index "idempotency_created_at" on "mettle"."idempotency" ("created_at")`,
]

/**
 * `user_id` has no foreign key: the table of users belongs to the model, which is migrated after
 * the engine.
 */
const identity: readonly string[] = [
  `create table "mettle"."credentials" (
  "user_id" uuid primary key,
  "hash" text collate "C" not null,
  "updated_at" timestamptz(3) not null default now()
)`,
  `create table "mettle"."sessions" (
  "id" uuid primary key,
  "token_hash" bytea not null unique,
  "user_id" uuid not null,
  "created_at" timestamptz(3) not null default now(),
  "last_used_at" timestamptz(3) not null default now(),
  "expires_at" timestamptz(3) not null,
  "address" text,
  "agent" text
)`,
  `create index "sessions_user_id" on "mettle"."sessions" ("user_id", "id")`,
  `create index "sessions_expires_at" on "mettle"."sessions" ("expires_at")`,
  `create table "mettle"."signing_keys" (
  "kid" text collate "C" primary key,
  "algorithm" text not null,
  "private" text not null,
  "public" jsonb not null,
  "created_at" timestamptz(3) not null default now(),
  "retired_at" timestamptz(3)
)`,
  `create table "mettle"."attempts" (
  "subject" text collate "C" primary key,
  "failures" integer not null,
  "last_at" timestamptz(3) not null,
  "blocked_until" timestamptz(3) not null
)`,
  `create index "attempts_last_at" on "mettle"."attempts" ("last_at")`,
]

/**
 * JSON Merge Patch (RFC 7396) for documents: PATCH changes the stored value without reading it
 * first.
 */
const documents: readonly string[] = [
  `create function "mettle"."merge_patch"("target" jsonb, "patch" jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  if jsonb_typeof(patch) is distinct from 'object' then
    return patch;
  end if;
  return (
    select coalesce(jsonb_object_agg(member.key, member.value), '{}')
    from (
      select old.key, old.value
      from jsonb_each(case when jsonb_typeof(target) = 'object' then target else '{}' end) old
      where not patch ? old.key
      union all
      select new.key, "mettle"."merge_patch"(target -> new.key, new.value)
      from jsonb_each(patch) new
      where jsonb_typeof(new.value) <> 'null'
    ) member
  );
end
$$`,
]

/**
 * Rate limits of several machines. Unlogged: a crash of the server gives everybody a full bucket,
 * and no count costs a flush. The function decides a batch as `SharedBuckets` says: it locks the
 * buckets in the order of their keys, so that no two batches wait for each other, and reads them
 * after that.
 */
const buckets: readonly string[] = [
  `create unlogged table "mettle"."buckets" (
  "key" text collate "C" primary key,
  "level" bigint not null,
  "at_ms" bigint not null,
  "full_ms" bigint not null
) with (fillfactor = 50)`,
  `create function "mettle"."take_buckets"(
  "keys" text[], "quotas" bigint[], "costs" bigint[],
  "requests" bigint[], "sizes" integer[], "places" integer[]
) returns bigint[] language plpgsql as $$
declare
  now_ms bigint;
  levels bigint[];
  outcomes bigint[] := '{}';
  allowed bigint;
  place integer;
  member integer := 0;
begin
  insert into "mettle"."buckets" as bucket ("key", "level", "at_ms", "full_ms")
  select given.key, 0, 0, 0 from unnest(keys) given("key") order by given.key
  on conflict ("key") do update set "level" = bucket.level where false;
  now_ms := floor(extract(epoch from clock_timestamp()) * 1000);
  select array_agg(
    least(
      given.quota * given.cost,
      bucket.level + given.quota * greatest(0, least(given.cost, now_ms - bucket.at_ms))
    ) order by given.place
  ) into levels
  from unnest(keys, quotas, costs) with ordinality given("key", "quota", "cost", "place")
  join "mettle"."buckets" bucket on bucket.key = given.key;
  for at in 1 .. cardinality(requests) loop
    allowed := requests[at];
    for step in 1 .. sizes[at] loop
      place := places[member + step];
      allowed := least(allowed, levels[place] / costs[place]);
    end loop;
    outcomes := outcomes || allowed;
    for step in 1 .. sizes[at] loop
      place := places[member + step];
      levels[place] := levels[place] - allowed * costs[place];
      outcomes := outcomes || levels[place];
    end loop;
    member := member + sizes[at];
  end loop;
  update "mettle"."buckets" bucket set
    "level" = given.level,
    "at_ms" = greatest(bucket.at_ms, now_ms),
    "full_ms" = now_ms + (given.quota * given.cost - given.level) / given.quota + 1
  from unnest(keys, quotas, costs, levels) given("key", "quota", "cost", "level")
  where bucket.key = given.key;
  return outcomes;
end
$$`,
]

/**
 * One row for each family of refresh tokens, which ends with its session: the current token, and
 * the one before it for whoever asks twice.
 */
const refreshTokens: readonly string[] = [
  `alter table "mettle"."sessions" add column "kind" text collate "C" not null default 'cookie'`,
  `create table "mettle"."refresh_tokens" (
  "family_hash" bytea primary key,
  "session_id" uuid not null unique references "mettle"."sessions" ("id") on delete cascade,
  "token_hash" bytea not null,
  "previous_hash" bytea,
  "renewed_at" timestamptz(3) not null default now()
)`,
]

/**
 * Nothing written to the trail changes, and nothing goes before its time, whoever tries by
 * statement: only who owns the table can take the trigger away.
 */
const audit: readonly string[] = [
  `create table "mettle"."audit" (
  "id" bigint generated always as identity primary key,
  "at" timestamptz(3) not null default now(),
  "kind" text collate "C" not null,
  "actor" uuid,
  "subject" uuid,
  "address" text,
  "request" text collate "C",
  "detail" jsonb not null
)`,
  `create index "audit_at" on "mettle"."audit" ("at")`,
  `create function "mettle"."keep_audit"() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.at < now() - interval '${limits.auditKeptDays} days' then
      return old;
    end if;
  end if;
  raise exception 'mettle.audit is append-only';
end
$$`,
  `create trigger "keep_rows" before update or delete on "mettle"."audit"
for each row execute function "mettle"."keep_audit"()`,
  `create trigger "keep_table" before truncate on "mettle"."audit"
for each statement execute function "mettle"."keep_audit"()`,
]

/** Keys by which programs act as their users; `scopes` is null of one that may do all they may. */
const apiKeys: readonly string[] = [
  `create table "mettle"."api_keys" (
  "id" uuid primary key,
  "token_hash" bytea not null unique,
  "user_id" uuid not null,
  "name" text not null,
  "prefix" text collate "C" not null,
  "scopes" jsonb,
  "created_at" timestamptz(3) not null default now(),
  "last_used_at" timestamptz(3),
  "expires_at" timestamptz(3) not null
)`,
  `create index "api_keys_user_id" on "mettle"."api_keys" ("user_id", "id")`,
  `create index "api_keys_expires_at" on "mettle"."api_keys" ("expires_at")`,
]

/**
 * Applied in this order before the tables of the model; the first makes the table that records all
 * of them.
 */
export const engineSchema: readonly EngineStep[] = Object.freeze([
  { id: 1, name: 'migrations', statements: migrations },
  { id: 2, name: 'events', statements: events },
  { id: 3, name: 'idempotency', statements: idempotency },
  { id: 4, name: 'identity', statements: identity },
  { id: 5, name: 'documents', statements: documents },
  { id: 6, name: 'buckets', statements: buckets },
  { id: 7, name: 'refresh tokens', statements: refreshTokens },
  { id: 8, name: 'audit', statements: audit },
  { id: 9, name: 'api keys', statements: apiKeys },
])
