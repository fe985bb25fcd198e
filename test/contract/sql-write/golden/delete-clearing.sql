-- number int4[], id uuid[], caller uuid[], trace text[]
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[]) q("$n", "$id", "$caller", "$trace")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."first_id", t."last_id"
from q join "shelves" t on t."id" = q."$id"
order by t."id" for update of t skip locked
),
asked as materialized (
select q."$n", q."$caller", q."$trace", held."id", case when held."id" is null and exists (select 1 from "shelves" t where t."id" = q."$id" offset 0) then array['busy'] when held."id" is null then array['missing'] end as "$fault"
from q left join held on held."$n" = q."$n"
),
doomed ("$n", "resource", "id", "via", "parent") as (
select asked."$n", 'shelves'::text, asked."id", ''::text, null::uuid
from asked where asked."$fault" is null
union
select doomed."$n", next.* from doomed cross join lateral (
  select 'shelves'::text, c."id", 'parent'::text, doomed."id" from "shelves" c where doomed."resource" = 'shelves' and c."parent_id" = doomed."id"
) next
),
reached as materialized (
select * from doomed limit 10001
),
judged as materialized (
select asked."$n", asked."$caller", asked."$trace", asked."id", case when asked."$fault" is not null then asked."$fault"
  when (select count(*) from reached) > 10000 then array['referenced', 'shelves (more than 10000 in all)']
  when exists (select 1 from reached join "labels" c on c."shelf_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves') then array['referenced', 'labels']
  end as "$fault"
from asked
),
victims as materialized (
select distinct on (reached."resource", reached."id") reached.*
from reached join judged on judged."$n" = reached."$n" where judged."$fault" is null
order by reached."resource", reached."id", reached."$n"
),
removed_0 as (
delete from "shelves" t using victims where victims."resource" = 'shelves' and t."id" = victims."id" and (victims."via" = '' or victims."via" = 'parent' and t."parent_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."first_id", t."last_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', shown."$caller", shown."$trace", shown."$data"::jsonb, shown."$before"::jsonb
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[]) q("$n", "$id", "$caller", "$trace")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."first_id", t."last_id"
from q join "shelves" t on t."id" = q."$id"
order by t."id" for update of t
),
asked as materialized (
select q."$n", q."$caller", q."$trace", held."id", case when held."id" is null then array['missing'] end as "$fault"
from q left join held on held."$n" = q."$n"
),
doomed ("$n", "resource", "id", "via", "parent") as (
select asked."$n", 'shelves'::text, asked."id", ''::text, null::uuid
from asked where asked."$fault" is null
union
select doomed."$n", next.* from doomed cross join lateral (
  select 'shelves'::text, c."id", 'parent'::text, doomed."id" from "shelves" c where doomed."resource" = 'shelves' and c."parent_id" = doomed."id"
) next
),
reached as materialized (
select * from doomed limit 10001
),
judged as materialized (
select asked."$n", asked."$caller", asked."$trace", asked."id", case when asked."$fault" is not null then asked."$fault"
  when (select count(*) from reached) > 10000 then array['referenced', 'shelves (more than 10000 in all)']
  when exists (select 1 from reached join "labels" c on c."shelf_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves') then array['referenced', 'labels']
  end as "$fault"
from asked
),
victims as materialized (
select distinct on (reached."resource", reached."id") reached.*
from reached join judged on judged."$n" = reached."$n" where judged."$fault" is null
order by reached."resource", reached."id", reached."$n"
),
removed_0 as (
delete from "shelves" t using victims where victims."resource" = 'shelves' and t."id" = victims."id" and (victims."via" = '' or victims."via" = 'parent' and t."parent_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."first_id", t."last_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", 'e0b076cc2a33', shown."$caller", shown."$trace", shown."$data"::jsonb, shown."$before"::jsonb
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
