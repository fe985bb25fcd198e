-- number int4[], id uuid[], caller uuid[], trace text[], note text[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) q("$n", "$id", "$caller", "$trace", "note")
),
judged as materialized (
select q."$n", q."$caller", q."$trace", n."id", n."version", n."created_at", n."updated_at", n."member_id", n."status", n."note", null::text[] as "$fault"
from q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."$caller" as "member_id", 'open'::text collate "pg_c_utf8" as "status", q."note"::text collate "pg_c_utf8" as "note") n
),
changed as (
insert into "loans" ("id", "version", "created_at", "updated_at", "member_id", "status", "note")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."member_id", judged."status", judged."note" from judged where judged."$fault" is null
on conflict do nothing
returning "id", "version", "created_at", "updated_at", "member_id", "status", "note"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$data", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) q("$n", "$id", "$caller", "$trace", "note")
),
judged as materialized (
select q."$n", q."$caller", q."$trace", n."id", n."version", n."created_at", n."updated_at", n."member_id", n."status", n."note", null::text[] as "$fault"
from q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."$caller" as "member_id", 'open'::text collate "pg_c_utf8" as "status", q."note"::text collate "pg_c_utf8" as "note") n
),
changed as (
insert into "loans" ("id", "version", "created_at", "updated_at", "member_id", "status", "note")
select judged."id", judged."version", judged."created_at", judged."updated_at", judged."member_id", judged."status", judged."note" from judged where judged."$fault" is null
returning "id", "version", "created_at", "updated_at", "member_id", "status", "note"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join judged on judged."id" = r."id"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], shown."$data", shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- lone
with changed as (
insert into "loans" ("id", "version", "created_at", "updated_at", "member_id", "status", "note")
select n."id", n."version", n."created_at", n."updated_at", n."member_id", n."status", n."note" from (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::text as "note") q cross join lateral (select q."$id" as "id", 1 as "version", now()::timestamptz(3) as "created_at", now()::timestamptz(3) as "updated_at", q."$caller" as "member_id", 'open'::text collate "pg_c_utf8" as "status", q."note"::text collate "pg_c_utf8" as "note") n
on conflict do nothing
returning "id", "version", "created_at", "updated_at", "member_id", "status", "note"
),
shown as materialized (
select q."$n", q."$caller", q."$trace", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.created'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r cross join (select $1::int4 as "$n", $2::uuid as "$id", $3::uuid as "$caller", $4::text as "$trace", $5::text as "note") q
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select 0, 'done', null::text, shown."$data", shown."$version" from shown
