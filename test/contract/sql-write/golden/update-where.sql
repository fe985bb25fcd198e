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
  case when r."member_id" = q."$caller" then '{}' end as "$body"
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
)
select "outcome", "detail", count(*)::int4 from (
  select case when shown."$n" is not null then 'done'
    when judged."$fault" is not null then judged."$fault"[1]
    else 'missing' end as "outcome", judged."$fault"[2] as "detail"
  from q
left join shown on shown."$n" = q."$n"
left join judged on judged."$n" = q."$n"
) o group by "outcome", "detail"
