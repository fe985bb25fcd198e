-- number int4[], id uuid[], caller uuid[], trace text[]
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[]) q("$n", "$id", "$caller", "$trace")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."backup_id", t."twin_id", t."first_id", t."last_id"
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
  when exists (select 1 from reached join "shelves" c on c."backup_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves' and not exists (select 1 from reached too where too."$n" = asked."$n" and too."resource" = 'shelves' and too."id" = c."id")) then array['referenced', 'shelves']
  when exists (select 1 from reached join "labels" c on c."shelf_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves') then array['referenced', 'labels']
  end as "$fault"
from asked
),
victims as materialized (
select reached.* from reached join judged on judged."$n" = reached."$n"
where judged."$fault" is null
),
removed_0 as (
delete from "shelves" t using victims where victims."resource" = 'shelves' and t."id" = victims."id" and (victims."via" = '' or victims."via" = 'parent' and t."parent_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."backup_id", t."twin_id", t."first_id", t."last_id"
),
loose_0 as materialized (
select coalesce(end_0."$n") as "$n", t."id", end_0."id" as "twin_id"
from (select c."id" from victims join "shelves" c on c."twin_id" = victims."id" where victims."resource" = 'shelves') found join "shelves" t on t."id" = found."id"
left join victims end_0 on end_0."resource" = 'shelves' and end_0."id" = t."twin_id"
where not exists (select 1 from victims too where too."resource" = 'shelves' and too."id" = t."id")
),
cleared_0 as (
update "shelves" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "twin_id" = case when t."twin_id" = loose_0."twin_id" then null else t."twin_id" end
from loose_0 where t."id" = loose_0."id" and (t."twin_id" = loose_0."twin_id")
returning loose_0."$n", new."id", new."version", new."created_at", new."updated_at", new."name", new."parent_id", new."backup_id", new."twin_id", new."first_id", new."last_id", old."twin_id" as "$old.twin_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"backup":' || coalesce('"' || r."backup_id"::text || '"', 'null') || ',"twin":' || coalesce('"' || r."twin_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
union all
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.updated'::text as "$type",
  false as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"backup":' || coalesce('"' || r."backup_id"::text || '"', 'null') || ',"twin":' || coalesce('"' || r."twin_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.twin_id" is distinct from r."twin_id" then '"twin":' || coalesce('"' || r."$old.twin_id"::text || '"', 'null') end) || '}' as "$before",
  null::text as "$body"
from cleared_0 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"

-- waiting
with recursive q as materialized (
select * from unnest($1::int4[], $2::uuid[], $3::uuid[], $4::text[]) q("$n", "$id", "$caller", "$trace")
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."backup_id", t."twin_id", t."first_id", t."last_id"
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
  when exists (select 1 from reached join "shelves" c on c."backup_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves' and not exists (select 1 from reached too where too."$n" = asked."$n" and too."resource" = 'shelves' and too."id" = c."id")) then array['referenced', 'shelves']
  when exists (select 1 from reached join "labels" c on c."shelf_id" = reached."id" where reached."$n" = asked."$n" and reached."resource" = 'shelves') then array['referenced', 'labels']
  end as "$fault"
from asked
),
victims as materialized (
select reached.* from reached join judged on judged."$n" = reached."$n"
where judged."$fault" is null
),
removed_0 as (
delete from "shelves" t using victims where victims."resource" = 'shelves' and t."id" = victims."id" and (victims."via" = '' or victims."via" = 'parent' and t."parent_id" = victims."parent")
returning victims."$n", t."id", t."version", t."created_at", t."updated_at", t."name", t."parent_id", t."backup_id", t."twin_id", t."first_id", t."last_id"
),
loose_0 as materialized (
select coalesce(end_0."$n") as "$n", t."id", end_0."id" as "twin_id"
from (select c."id" from victims join "shelves" c on c."twin_id" = victims."id" where victims."resource" = 'shelves') found join "shelves" t on t."id" = found."id"
left join victims end_0 on end_0."resource" = 'shelves' and end_0."id" = t."twin_id"
where not exists (select 1 from victims too where too."resource" = 'shelves' and too."id" = t."id")
),
cleared_0 as (
update "shelves" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "twin_id" = case when t."twin_id" = loose_0."twin_id" then null else t."twin_id" end
from loose_0 where t."id" = loose_0."id" and (t."twin_id" = loose_0."twin_id")
returning loose_0."$n", new."id", new."version", new."created_at", new."updated_at", new."name", new."parent_id", new."backup_id", new."twin_id", new."first_id", new."last_id", old."twin_id" as "$old.twin_id"
),
shown as materialized (
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.deleted'::text as "$type",
  r."id" = judged."id" as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"backup":' || coalesce('"' || r."backup_id"::text || '"', 'null') || ',"twin":' || coalesce('"' || r."twin_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", null::text as "$before",
  null::text as "$body"
from removed_0 r join judged on judged."$n" = r."$n"
union all
select judged."$n", judged."$caller", judged."$trace", r."id" as "$id", r."version" as "$version",
  'shelves'::text as "$resource", 'shelves.updated'::text as "$type",
  false as "$asked", true as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","name":' || to_json(r."name")::text || ',"parent":' || coalesce('"' || r."parent_id"::text || '"', 'null') || ',"backup":' || coalesce('"' || r."backup_id"::text || '"', 'null') || ',"twin":' || coalesce('"' || r."twin_id"::text || '"', 'null') || ',"first":' || coalesce('"' || r."first_id"::text || '"', 'null') || ',"last":' || coalesce('"' || r."last_id"::text || '"', 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.twin_id" is distinct from r."twin_id" then '"twin":' || coalesce('"' || r."$old.twin_id"::text || '"', 'null') end) || '}' as "$before",
  null::text as "$body"
from cleared_0 r join judged on judged."$n" = r."$n"
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select judged."$n", case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], null::text, shown."$version"
from judged left join shown on shown."$n" = judged."$n" and shown."$asked"
