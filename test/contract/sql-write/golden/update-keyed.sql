-- number int4[], id uuid[], caller uuid[], trace text[], key text[], keyHash text[], status text[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "status")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'loans.update' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note", t.ctid as "$place"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for no key update of t skip locked
),
judged as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", held."id", held."version", held."created_at", held."updated_at", held."member_id", held."status", held."note", n."status" as "$set.status", stored."$body", stored."$version", n."status" is not distinct from held."status" as "$same", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] when held."id" is null and exists (select 1 from "loans" t where t."id" = q."$id" and t."member_id" = q."$caller" offset 0) then array['busy'] when held."id" is null then array['missing'] when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true and not exists (select 1 from "loans" s where s."id" = held."id" and s.ctid = held."$place" offset 0) then array['busy'] when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true then array['denied'] when (n."member_id" = q."$caller" and (n."status" = 'closed'::text) is not true) is not true then array['denied'] end as "$fault"
from q left join stored on stored."$n" = q."$n" left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."member_id" as "member_id", q."status"::text collate "pg_c_utf8" as "status", held."note" as "note") n
),
changed as (
update "loans" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "status" = judged."$set.status"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", new."id", new."version", new."created_at", new."updated_at", new."member_id", new."status", new."note", old."status" as "$old.status"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."$key", r."$hash", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.status" is distinct from r."status" then '"status":' || to_json(r."$old.status")::text end) || '}' as "$before",
  case when r."member_id" = r."$caller" then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' end as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."$key", changed."$hash", changed."id", changed."version", changed."created_at", changed."updated_at", changed."member_id", changed."status", changed."note", changed."$old.status" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", judged."id", judged."version", judged."created_at", judged."updated_at", judged."member_id", judged."status", judged."note", judged."status" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'loans.update', shown."$key", shown."$hash", 200, shown."$body", shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(shown."$body", judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "status")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", case when i."hash" = q."$hash" then i."body" end as "$body", case when i."hash" = q."$hash" then i."row" end as "$row", case when i."hash" = q."$hash" then i."version" end as "$version"
from q join "mettle"."idempotency" i on i."caller" = coalesce(q."$caller"::text, '')
  and i."operation" = 'loans.update' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note", t.ctid as "$place"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for no key update of t
),
judged as materialized (
select q."$n", q."$caller", q."$trace", q."$key", q."$hash", held."id", held."version", held."created_at", held."updated_at", held."member_id", held."status", held."note", n."status" as "$set.status", stored."$body", stored."$version", n."status" is not distinct from held."status" as "$same", case when stored."$same" then array['replayed', stored."$row"::text] when not stored."$same" then array['mismatch'] when held."id" is null and exists (select 1 from "loans" t where t."id" = q."$id" and t."member_id" = q."$caller" offset 0) then array['busy'] when held."id" is null then array['missing'] when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true and not exists (select 1 from "loans" s where s."id" = held."id" and s.ctid = held."$place" offset 0) then array['busy'] when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true then array['denied'] when (n."member_id" = q."$caller" and (n."status" = 'closed'::text) is not true) is not true then array['denied'] end as "$fault"
from q left join stored on stored."$n" = q."$n" left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."member_id" as "member_id", q."status"::text collate "pg_c_utf8" as "status", held."note" as "note") n
),
changed as (
update "loans" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "status" = judged."$set.status"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", new."id", new."version", new."created_at", new."updated_at", new."member_id", new."status", new."note", old."status" as "$old.status"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."$key", r."$hash", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.status" is distinct from r."status" then '"status":' || to_json(r."$old.status")::text end) || '}' as "$before",
  case when r."member_id" = r."$caller" then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' end as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."$key", changed."$hash", changed."id", changed."version", changed."created_at", changed."updated_at", changed."member_id", changed."status", changed."note", changed."$old.status" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."$key", judged."$hash", judged."id", judged."version", judged."created_at", judged."updated_at", judged."member_id", judged."status", judged."note", judged."status" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(shown."$caller"::text, ''), 'loans.update', shown."$key", shown."$hash", 200, shown."$body", shown."$id", shown."$version"
from shown where shown."$asked"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], coalesce(shown."$body", judged."$body"), coalesce(shown."$version", judged."$version")
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
