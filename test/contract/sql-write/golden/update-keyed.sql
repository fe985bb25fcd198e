-- number int4[], id uuid[], caller uuid[], trace text[], key text[], keyHash text[], status text[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "status")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", i."body" as "$body", i."row" as "$row", i."version" as "$version"
from q join "mettle"."idempotency" i
  on i."caller" = coalesce(q."$caller"::text, '') and i."operation" = 'loans.update' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for no key update of t skip locked
),
judged as materialized (
select held."$n", held."id", n."status", n."status" is not distinct from held."status" as "$same", case when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true then array['denied'] when (n."member_id" = q."$caller" and (n."status" = 'closed'::text) is not true) is not true then array['denied'] end as "$fault"
from held join q on q."$n" = held."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."member_id" as "member_id", q."status"::text collate "pg_c_utf8" as "status", held."note" as "note") n
),
changed as (
update "loans" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "status" = judged."status"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", new."id", new."version", new."created_at", new."updated_at", new."member_id", new."status", new."note", old."status" as "$old.status"
),
shown as materialized (
select q."$n", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.updated'::text as "$type",
  r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":"' || r."status"::text || '","note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.status" is distinct from r."status" then '"status":' || '"' || r."$old.status"::text || '"' end) || '}' as "$before",
  case when r."member_id" = q."$caller" then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":"' || r."status"::text || '","note":' || coalesce(to_json(r."note")::text, 'null') || '}' end as "$body"
from (select changed."$n", true as "$changed", changed."id", changed."version", changed."created_at", changed."updated_at", changed."member_id", changed."status", changed."note", changed."$old.status" from changed
union all
select held."$n", false, held."id", held."version", held."created_at", held."updated_at", held."member_id", held."status", held."note", held."status" from held join judged on judged."$n" = held."$n"
where judged."$fault" is null and judged."$same") r join q on q."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', q."$caller", q."$trace",
  shown."$data"::jsonb, shown."$before"::jsonb
from shown join q on q."$n" = shown."$n" where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(q."$caller"::text, ''), 'loans.update', q."$key", q."$hash", 200, shown."$body", shown."$id", shown."$version"
from shown join q on q."$n" = shown."$n"
)
select q."$n",
  case when shown."$n" is not null then 'done'
    when stored."$n" is not null then case when stored."$same" then 'replayed' else 'mismatch' end
    when judged."$fault" is not null then judged."$fault"[1]
    else case when exists (select 1 from "loans" t where t."id" = q."$id" and t."member_id" = q."$caller") then 'busy' else 'missing' end end,
  coalesce(judged."$fault"[2], case when stored."$same" then stored."$row"::text end),
  coalesce(shown."$body", case when stored."$same" then stored."$body" end),
  coalesce(shown."$version", case when stored."$same" then stored."$version" end)
from q
left join shown on shown."$n" = q."$n"
left join judged on judged."$n" = q."$n"
left join stored on stored."$n" = q."$n"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[]) q("$n", "$id", "$caller", "$trace", "$key", "$hash", "status")
),
stored as materialized (
select q."$n", i."hash" = q."$hash" as "$same", i."body" as "$body", i."row" as "$row", i."version" as "$version"
from q join "mettle"."idempotency" i
  on i."caller" = coalesce(q."$caller"::text, '') and i."operation" = 'loans.update' and i."key" = q."$key"
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller" and not exists (select 1 from stored where stored."$n" = q."$n")
order by t."id" for no key update of t
),
judged as materialized (
select held."$n", held."id", n."status", n."status" is not distinct from held."status" as "$same", case when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true then array['denied'] when (n."member_id" = q."$caller" and (n."status" = 'closed'::text) is not true) is not true then array['denied'] end as "$fault"
from held join q on q."$n" = held."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."member_id" as "member_id", q."status"::text collate "pg_c_utf8" as "status", held."note" as "note") n
),
changed as (
update "loans" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "status" = judged."status"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", new."id", new."version", new."created_at", new."updated_at", new."member_id", new."status", new."note", old."status" as "$old.status"
),
shown as materialized (
select q."$n", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.updated'::text as "$type",
  r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":"' || r."status"::text || '","note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.status" is distinct from r."status" then '"status":' || '"' || r."$old.status"::text || '"' end) || '}' as "$before",
  case when r."member_id" = q."$caller" then '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":"' || r."status"::text || '","note":' || coalesce(to_json(r."note")::text, 'null') || '}' end as "$body"
from (select changed."$n", true as "$changed", changed."id", changed."version", changed."created_at", changed."updated_at", changed."member_id", changed."status", changed."note", changed."$old.status" from changed
union all
select held."$n", false, held."id", held."version", held."created_at", held."updated_at", held."member_id", held."status", held."note", held."status" from held join judged on judged."$n" = held."$n"
where judged."$fault" is null and judged."$same") r join q on q."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', q."$caller", q."$trace",
  shown."$data"::jsonb, shown."$before"::jsonb
from shown join q on q."$n" = shown."$n" where shown."$changed"
),
answered as (
insert into "mettle"."idempotency" ("caller", "operation", "key", "hash", "status", "body", "row", "version")
select coalesce(q."$caller"::text, ''), 'loans.update', q."$key", q."$hash", 200, shown."$body", shown."$id", shown."$version"
from shown join q on q."$n" = shown."$n"
)
select q."$n",
  case when shown."$n" is not null then 'done'
    when stored."$n" is not null then case when stored."$same" then 'replayed' else 'mismatch' end
    when judged."$fault" is not null then judged."$fault"[1]
    else 'missing' end,
  coalesce(judged."$fault"[2], case when stored."$same" then stored."$row"::text end),
  coalesce(shown."$body", case when stored."$same" then stored."$body" end),
  coalesce(shown."$version", case when stored."$same" then stored."$version" end)
from q
left join shown on shown."$n" = q."$n"
left join judged on judged."$n" = q."$n"
left join stored on stored."$n" = q."$n"
