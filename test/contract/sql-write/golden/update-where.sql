-- 0 timestamptz, caller uuid, 2 text, 1 text
with matched as materialized (
select t."id" from "loans" t where t."created_at" < $1::timestamptz and t."member_id" = $2::uuid
order by t."id" for no key update of t
),
q as materialized (
select (row_number() over (order by matched."id"))::int4 as "$n", matched."id" as "$id", $2::uuid as "$caller", $3::text as "$trace", $4::text as "status" from matched
),
held as materialized (
select q."$n", t."id", t."version", t."created_at", t."updated_at", t."member_id", t."status", t."note"
from q join "loans" t on t."id" = q."$id" and t."member_id" = q."$caller"
order by t."id" for no key update of t
),
judged as materialized (
select q."$n", q."$caller", q."$trace", held."id", held."version", held."created_at", held."updated_at", held."member_id", held."status", held."note", n."status" as "$set.status", n."status" is not distinct from held."status" as "$same", case when held."id" is null then array['missing'] when (held."member_id" = q."$caller" and (held."status" = 'closed'::text) is not true) is not true then array['denied'] when (n."member_id" = q."$caller" and (n."status" = 'closed'::text) is not true) is not true then array['denied'] end as "$fault"
from q left join held on held."$n" = q."$n"
cross join lateral (select held."id" as "id", held."version" + 1 as "version", held."created_at" as "created_at", now()::timestamptz(3) as "updated_at", held."member_id" as "member_id", q."status"::text collate "pg_c_utf8" as "status", held."note" as "note") n
),
changed as (
update "loans" t set "version" = t."version" + 1, "updated_at" = now()::timestamptz(3), "status" = judged."$set.status"
from judged where t."id" = judged."id" and judged."$fault" is null and not judged."$same"
returning judged."$n", judged."$caller", judged."$trace", new."id", new."version", new."created_at", new."updated_at", new."member_id", new."status", new."note", old."status" as "$old.status"
),
shown as materialized (
select r."$n", r."$caller", r."$trace", r."id" as "$id", r."version" as "$version",
  'loans'::text as "$resource", 'loans.updated'::text as "$type",
  true as "$asked", r."$changed" as "$changed", '{"id":"' || r."id"::text || '","version":' || r."version"::text || ',"createdAt":' || left(to_json((r."created_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","updatedAt":' || left(to_json((r."updated_at" at time zone 'UTC') + interval '1 microsecond')::text, 24) || 'Z","member":"' || r."member_id"::text || '","status":' || to_json(r."status")::text || ',"note":' || coalesce(to_json(r."note")::text, 'null') || '}' as "$data", '{' || concat_ws(',', case when r."$old.status" is distinct from r."status" then '"status":' || to_json(r."$old.status")::text end) || '}' as "$before",
  case when r."member_id" = r."$caller" then '{}' end as "$body"
from (select true as "$changed", changed."$n", changed."$caller", changed."$trace", changed."id", changed."version", changed."created_at", changed."updated_at", changed."member_id", changed."status", changed."note", changed."$old.status" from changed
union all
select false, judged."$n", judged."$caller", judged."$trace", judged."id", judged."version", judged."created_at", judged."updated_at", judged."member_id", judged."status", judged."note", judged."status" from judged where judged."$fault" is null and judged."$same") r
),
logged as (
insert into "mettle"."events" ("type", "resource", "key", "version", "schema", "actor", "trace", "data", "before")
select shown."$type", shown."$resource", shown."$id", shown."$version", '97af7ea9047d', shown."$caller", shown."$trace", shown."$data"::json, shown."$before"::json
from shown where shown."$changed"
)
select case when shown."$n" is not null then 'done' else coalesce(judged."$fault"[1], 'conflict') end, judged."$fault"[2], count(*)::int4
from judged left join shown on shown."$n" = judged."$n" and shown."$asked" group by 1, 2
