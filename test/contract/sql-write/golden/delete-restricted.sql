-- number int4[], id uuid[], caller uuid[], trace text[], version int4[]
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[]) q("$n", "$id", "$caller", "$trace", "$version")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
from q join "labels" t on t."id" = q."$id"
order by t."id" for update of t skip locked
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", case when held."id" is null and exists (select 1 from "labels" t where t."id" = q."$id" offset 0) then array['busy'] when held."id" is null then array['missing'] when held."version" <> q."$version" then array['stale'] end as "$fault"
from q left join held on held."$n" = q."$n"
),
changed as (
delete from "labels" t using judged
where t."id" = judged."id" and judged."$fault" is null
returning judged."$n", judged."$caller", judged."$trace", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'labels'::text as "$resource", 'labels.deleted'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","shelf":"' || r."shelf_id"::text || '","text":' || to_json(r."text")::text || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[], $5::int4[]) q("$n", "$id", "$caller", "$trace", "$version")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
from q join "labels" t on t."id" = q."$id"
order by t."id" for update of t
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", case when held."id" is null then array['missing'] when held."version" <> q."$version" then array['stale'] end as "$fault"
from q left join held on held."$n" = q."$n"
),
changed as (
delete from "labels" t using judged
where t."id" = judged."id" and judged."$fault" is null
returning judged."$n", judged."$caller", judged."$trace", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'labels'::text as "$resource", 'labels.deleted'::text as "$type",
  true as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","shelf":"' || r."shelf_id"::text || '","text":' || to_json(r."text")::text || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
