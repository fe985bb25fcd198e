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
select held."$n", held."id", case when held."version" <> q."$version" then array['stale'] end as "$fault"
from held join q on q."$n" = held."$n"
),
changed as (
delete from "labels" t using judged
where t."id" = judged."id" and judged."$fault" is null
returning judged."$n", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
),
shown as materialized (
select q."$n", r."id" as "$id", r."version" as "$version",
  'labels'::text as "$resource", 'labels.deleted'::text as "$type",
  true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","shelf":"' || r."shelf_id"::text || '","text":' || to_json(r."text")::text || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join q on q."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', q."$caller", q."$trace",
  shown."$data"::jsonb, shown."$before"::jsonb
from shown join q on q."$n" = shown."$n" where shown."$changed"
)
select q."$n",
  case when shown."$n" is not null then 'done'
    when judged."$fault" is not null then judged."$fault"[1]
    else case when exists (select 1 from "labels" t where t."id" = q."$id") then 'busy' else 'missing' end end,
  judged."$fault"[2],
  null::text,
  shown."$version"
from q
left join shown on shown."$n" = q."$n" and shown."$id" = q."$id" and shown."$resource" = 'labels'
left join judged on judged."$n" = q."$n"

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
select held."$n", held."id", case when held."version" <> q."$version" then array['stale'] end as "$fault"
from held join q on q."$n" = held."$n"
),
changed as (
delete from "labels" t using judged
where t."id" = judged."id" and judged."$fault" is null
returning judged."$n", t."id", t."version", t."created_at", t."updated_at", t."shelf_id", t."text"
),
shown as materialized (
select q."$n", r."id" as "$id", r."version" as "$version",
  'labels'::text as "$resource", 'labels.deleted'::text as "$type",
  true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","shelf":"' || r."shelf_id"::text || '","text":' || to_json(r."text")::text || '}' as "$data", null::text as "$before",
  null::text as "$body"
from changed r join q on q."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', q."$caller", q."$trace",
  shown."$data"::jsonb, shown."$before"::jsonb
from shown join q on q."$n" = shown."$n" where shown."$changed"
)
select q."$n",
  case when shown."$n" is not null then 'done'
    when judged."$fault" is not null then judged."$fault"[1]
    else 'missing' end,
  judged."$fault"[2],
  null::text,
  shown."$version"
from q
left join shown on shown."$n" = q."$n" and shown."$id" = q."$id" and shown."$resource" = 'labels'
left join judged on judged."$n" = q."$n"
